import { describe, expect, it } from 'vitest';
import { createRateSync } from '../../../src/runtime/create-rate-sync.js';
import type { CircuitEvent, Decision } from '@rate-sync/nestjs';
import { aProxy, aServer } from './fixture.js';

const window = { algorithm: 'sliding_window', limit: 1_000_000, windowSeconds: 60 } as const;

/** One patient call among so many impatient ones. */
const SHARE = 20;

describe('an impatient limiter beside a patient one', () => {
  it('A11: opens no breaker on a healthy server that takes 12 to 30 ms', async (test) => {
    const server = await aServer(test);
    const proxy = await aProxy(test, server);
    const url = `redis://127.0.0.1:${String(proxy.port)}`;
    const circuit: CircuitEvent[] = [];
    const rateSync = await createRateSync({
      config: {
        // The slack is for a machine that is busy with other tests.
        stores: { main: { url, decisionTimeout: 5 } },
        limiters: {
          impatient: { ...window, timeout: 0.01 },
          login: { ...window, failClosed: true },
        },
      },
      env: {},
      observers: [{ onCircuit: (event) => circuit.push(event) }],
    });
    test.onTestFinished(() => rateSync.close());
    await rateSync.check();
    proxy.set('pass', { latencyMs: 6, jitterMs: 9 });

    const [impatient, login] = [rateSync.limiters.get('impatient'), rateSync.limiters.get('login')];
    const decisions: Decision[] = [];
    const logins: Decision[] = [];
    for (let round = 0; round < 150; round++) {
      const asked = Array.from({ length: SHARE - 1 }, (_, index) =>
        impatient.consume(String(index)),
      );
      logins.push(await login.consume('ada'));
      decisions.push(...(await Promise.all(asked)));
    }
    expect(decisions.filter(({ degraded }) => degraded).length).toBeGreaterThan(0);
    expect(logins.filter(({ degraded }) => degraded)).toEqual([]);
    expect(circuit).toEqual([]);
  });
});
