import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../../core/errors/index.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { Health } from './health.js';

const failure = new StoreUnavailableError({ storeId: 'main', kind: 'timeout' });

function aHealth({ isConnected = true, checkEveryMs = 0 } = {}) {
  const clock = new FakeClock();
  const seen = { probes: [] as number[], circuit: [] as string[], isConnected };
  const health = new Health({
    clock,
    rule: { failureThreshold: 5, openMs: 1_000 },
    checkEveryMs,
    probe: () => {
      if (seen.isConnected) seen.probes.push(clock.nowMs());
      return seen.isConnected;
    },
    isIdle: () => true,
    onCircuit: (_, to) => {
      seen.circuit.push(to);
    },
  });
  const fail = (): void => {
    for (let time = 0; time < 5; time++) health.failed();
  };
  return { clock, health, seen, fail };
}

describe('the health of a server', () => {
  it('is checked by one probe when the pause of the circuit breaker is over', () => {
    const { clock, health, seen, fail } = aHealth();
    fail();
    expect(health.isHealthy).toBe(false);
    clock.advance(1_200);
    expect(seen.probes).toHaveLength(1);
    clock.advance(10_000);
    expect(seen.probes).toHaveLength(1);
    health.probeSucceeded();
    expect(health.isHealthy).toBe(true);
  });

  it('is not probed for another pause when the probe fails', () => {
    const { clock, health, seen, fail } = aHealth();
    fail();
    for (let probe = 1; probe <= 3; probe++) {
      clock.advance(1_200);
      expect(seen.probes).toHaveLength(probe);
      health.probeFailed(failure);
    }
  });

  it('does not return because a reply to an older call arrives', () => {
    const { health, fail } = aHealth();
    fail();
    health.succeeded();
    expect(health.isHealthy).toBe(false);
  });

  it('is checked at once on a new connection, which cancels the planned probe', () => {
    const { clock, health, seen, fail } = aHealth({ isConnected: false });
    fail();
    clock.advance(5_000);
    expect(seen.probes).toEqual([]);
    seen.isConnected = true;
    health.connected();
    expect(seen.probes).toHaveLength(1);
    health.probeSucceeded();
    clock.advance(5_000);
    expect(seen.probes).toHaveLength(1);
    expect(seen.circuit.slice(-1)).toEqual(['closed']);
  });

  it('is checked from time to time while the server is idle', () => {
    const { clock, health, seen } = aHealth({ checkEveryMs: 30_000 });
    health.connected();
    clock.advance(90_000);
    expect(seen.probes).toEqual([0, 30_000, 60_000, 90_000]);
    health.disconnected(failure);
    clock.advance(90_000);
    expect(seen.probes).toHaveLength(4);
  });

  it('settles the callers that wait until the server is ready', async () => {
    const { health } = aHealth();
    const ready = health.ready();
    health.probeSucceeded();
    await expect(ready).resolves.toBeUndefined();
    const failed = health.ready();
    health.disconnected(failure);
    await expect(failed).rejects.toBe(failure);
  });
});
