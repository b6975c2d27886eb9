import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { ADAPTERS } from '../support/http/adapters.js';
import { commandedStores } from '../support/http/commanded-store.js';
import { bundled, type BundledProgram } from '../support/http/run-bundled.js';
import { limits, serve, windowOf } from '../support/http/serve.js';
import { nextTurn } from '../support/http/unhandled.js';

const config = limits({
  slots: { maxConcurrent: 1, identifyBy: 'global' },
  slow: { ratePerSecond: 0.01, burst: 1 },
  page: windowOf(7),
});

/** What a promise has come to, without waiting for it. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  const settled = promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );
  return Promise.race([settled, nextTurn().then(() => 'pending')]);
}

describe.each(ADAPTERS)('an application that is closed on $name', (adapter) => {
  const app = (clock = new FakeClock(), { openStore } = commandedStores()) =>
    serve(adapter, { rateSync: { config }, openStore, clock });

  it('closes the stores that it opened', async () => {
    const stores = commandedStores();
    const { app: running } = await app(new FakeClock(), stores);
    await running.close();
    expect(stores.store().isClosed).toBe(true);
  });

  it('rejects calls that wait for a slot', async () => {
    const { app: running, rateSync } = await app();
    const slots = rateSync.getLimiter('slots');
    await slots.acquire();
    const waiting = slots.acquire('', { timeoutMs: 60_000 });
    waiting.catch(() => undefined);
    await running.close();
    expect(await stateOf(waiting)).toMatchObject({ code: 'RATE_SYNC_CLOSED' });
  });

  it('rejects calls that wait for units', async () => {
    const { app: running, rateSync } = await app();
    const slow = rateSync.getLimiter('slow');
    await slow.acquire();
    const waiting = slow.acquire('', { timeoutMs: 200_000 });
    waiting.catch(() => undefined);
    await nextTurn();
    await running.close();
    expect(await stateOf(waiting)).toMatchObject({ code: 'RATE_SYNC_CLOSED' });
  });

  it('rejects calls that begin to wait afterwards', async () => {
    const { app: running, rateSync } = await app();
    const slots = rateSync.getLimiter('slots');
    await slots.acquire();
    await running.close();
    const first = slots.acquire('', { timeoutMs: 60_000 });
    const late = slots.acquire('', { timeoutMs: 60_000 });
    for (const each of [first, late]) each.catch(() => undefined);
    expect(await stateOf(late)).toMatchObject({ code: 'RATE_SYNC_CLOSED' });
  });

  it('leaves no timer on its clock, whatever waited', async () => {
    const clock = new FakeClock();
    const { app: running, rateSync } = await app(clock);
    const waiting = [
      rateSync.getLimiter('slots').acquire(),
      rateSync.getLimiter('slots').acquire(),
      rateSync.getLimiter('slow').acquire(),
      rateSync.getLimiter('slow').acquire('', { timeoutMs: 200_000 }),
    ];
    for (const each of waiting) each.catch(() => undefined);
    await nextTurn();
    expect(clock.pendingTimers).toBeGreaterThan(2);
    await running.close();
    await nextTurn();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a program whose application is closed', () => {
  let program: BundledProgram;

  beforeAll(async () => {
    program = await bundled('test/support/http/closing-app.ts');
  });

  afterAll(() => program.remove());

  it.each(ADAPTERS)('ends by itself on $name, whatever waited or held a slot', async ({ name }) => {
    const printed = await program.run(name);
    expect(JSON.parse(printed)).toEqual({ status: 200, waited: 'RATE_SYNC_CLOSED' });
  });
});

describe.each(ADAPTERS)('a limiter whose application is closed on $name', (adapter) => {
  it('does not fail the answers that are still on their way', async () => {
    const { app, rateSync } = await serve(adapter, { rateSync: { config } });
    const page = rateSync.getLimiter('page');
    await app.close();
    expect(await stateOf(page.consume('ada'))).not.toBe('pending');
  });
});
