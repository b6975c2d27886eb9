import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { settled } from '../../../test/support/limiters.js';
import type { RateSyncConfig } from '../../config/index.js';
import { createRateSync } from '../../runtime/create-rate-sync.js';
import type { RateSync } from '../../runtime/rate-sync.js';
import { MemoryStore } from '../../stores/memory/memory-store.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { Metrics } from './metrics.js';

const config: RateSyncConfig = {
  stores: { main: { strategy: 'memory' } },
  limiters: {
    mails: { ratePerSecond: 20, burst: 1, timeout: 30 },
    slots: { maxConcurrent: 2, timeout: 30 },
    pages: { ratePerSecond: 100, burst: 100 },
  },
};

const STORE_MS = 4;

/** A store with a response time, by the clock of the test. */
class SlowStore extends MemoryStore {
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    super({ id: 'main', maxKeys: 100, clock, onOverflow: () => undefined });
    this.#clock = clock;
  }

  override decide(...args: Parameters<MemoryStore['decide']>): ReturnType<MemoryStore['decide']> {
    this.#clock.advance(STORE_MS);
    return super.decide(...args);
  }
}

const started: RateSync[] = [];

async function measured() {
  const clock = new FakeClock(1_000_000);
  const registry = new Registry();
  const rateSync = await createRateSync({ config, clock, openStore: () => new SlowStore(clock) });
  started.push(rateSync);
  const metrics = new Metrics(registry, rateSync, 0);
  rateSync.observe(metrics);
  const valueOf = async (series: string): Promise<number | undefined> => {
    const lines = (await registry.metrics()).split('\n');
    const line = lines.find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  };
  return { clock, rateSync, registry, metrics, valueOf };
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((rateSync) => rateSync.close()));
});

describe('A9: the metrics of calls that wait', () => {
  it('separate the response time of the store from the wait for a permit', async () => {
    const { clock, rateSync, valueOf } = await measured();
    const mails = rateSync.limiters.get('mails');
    const sent = Array.from({ length: 20 }, () => mails.run('', () => 'sent'));
    for (let step = 0; step < 40; step++) {
      await settled();
      clock.advance(50);
    }
    await Promise.all(sent);
    const duration = 'rate_limit_check_duration_seconds';
    expect(await valueOf(`${duration}_count{limiter_id="mails"}`)).toBe(20);
    expect(await valueOf(`${duration}_sum{limiter_id="mails"}`)).toBeCloseTo(20 * 0.004, 6);
    expect(await valueOf(`${duration}_bucket{le="0.005",limiter_id="mails"}`)).toBe(20);
    expect(await valueOf('rate_limit_wait_seconds_count{limiter_id="mails"}')).toBe(20);
    // Permits are 50 ms apart: the last call has waited for 19 of them.
    expect(await valueOf('rate_limit_wait_seconds_sum{limiter_id="mails"}')).toBeGreaterThan(5);
  });

  it('include the wait of an acquire that timed out', async () => {
    const { clock, rateSync, valueOf } = await measured();
    const slots = rateSync.limiters.get('slots');
    const leases = [await slots.acquire(), await slots.acquire()];
    const denied = slots.acquire('', { timeoutMs: 1_000 }).catch((error: unknown) => error);
    await settled();
    clock.advance(1_000);
    expect(await denied).toMatchObject({ code: 'RATE_SYNC_ACQUIRE_TIMEOUT' });
    expect(await valueOf('rate_limit_wait_seconds_count{limiter_id="slots"}')).toBe(3);
    expect(await valueOf('rate_limit_wait_seconds_bucket{le="0.5",limiter_id="slots"}')).toBe(2);
    const sum = 'rate_limit_check_duration_seconds_sum{limiter_id="slots"}';
    expect(await valueOf(sum)).toBeLessThan(0.1);
    for (const lease of leases) await lease.release();
  });

  it('have no wait for calls that do not wait', async () => {
    const { rateSync, valueOf } = await measured();
    await rateSync.limiters.get('pages').consume('a');
    await (await rateSync.limiters.get('pages').tryAcquire('a'))?.release();
    await rateSync.limiters.consumeAll([{ limiter: 'pages', identifier: 'a' }]);
    expect(await valueOf('rate_limit_check_duration_seconds_count{limiter_id="pages"}')).toBe(3);
    expect(await valueOf('rate_limit_wait_seconds_count{limiter_id="pages"}')).toBeUndefined();
  });

  it('have the slots in use by this process', async () => {
    const { rateSync, metrics, registry, valueOf } = await measured();
    const slots = rateSync.limiters.get('slots');
    const inUse = () => valueOf('rate_limit_slots_in_use{limiter_id="slots"}');
    expect(await inUse()).toBe(0);
    const [first, second] = [await slots.acquire('a'), await slots.tryAcquire('b')];
    expect(await inUse()).toBe(2);
    await first.release();
    expect(await inUse()).toBe(1);
    await second?.release();
    expect(await inUse()).toBe(0);
    expect(await registry.metrics()).not.toContain('rate_limit_slots_in_use{limiter_id="pages"}');
    metrics.close();
    expect(await inUse()).toBeUndefined();
  });

  it('add up the slots of applications that share a registry', async () => {
    const one = await measured();
    const other = await measured();
    new Metrics(one.registry, other.rateSync, 0);
    await one.rateSync.limiters.get('slots').acquire();
    await other.rateSync.limiters.get('slots').acquire();
    expect(await one.valueOf('rate_limit_slots_in_use{limiter_id="slots"}')).toBe(2);
  });

  it('pass both times of a call to observers', async () => {
    const { clock, rateSync } = await measured();
    const times: (number | null)[][] = [];
    rateSync.observe({
      onDecision: ({ durationMs, waitedMs }) => {
        times.push([durationMs, waitedMs]);
      },
    });
    await rateSync.limiters.get('mails').consume();
    const waiting = rateSync.limiters.get('mails').acquire();
    await settled();
    clock.advance(100);
    await waiting;
    expect(times[0]).toEqual([STORE_MS, null]);
    expect(times[1]?.[0]).toBe(STORE_MS);
    expect(times[1]?.[1]).toBeGreaterThan(40);
  });
});
