import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StoreConfig } from '../../src/config/index.js';
import type { Decision } from '../../src/core/decision.js';
import { countsUnits } from '../../src/core/policy.js';
import { createRateSync } from '../../src/runtime/create-rate-sync.js';
import type { RateSync } from '../../src/runtime/rate-sync.js';
import { KeyNames } from '../../src/stores/redis/protocol/keys.js';
import { RedisServer } from '../support/redis/redis-server.js';

const LIMITERS = {
  window: { algorithm: 'sliding_window', limit: 3, windowSeconds: 600 },
  bucket: { ratePerSecond: 0.01, burst: 3 },
} as const;

/** As long as a busy machine may need. */
const PATIENT: StoreConfig = { decisionTimeout: 30, denyCacheSeconds: 0 };

describe('a pipeline on Redis', () => {
  let server: RedisServer;
  const opened: RateSync[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(() => server.command('FLUSHALL'));
  afterEach(() => Promise.all(opened.splice(0).map((rateSync) => rateSync.close())));
  afterAll(() => server.stop());

  async function open(store: StoreConfig = PATIENT): Promise<RateSync> {
    const config = { stores: { main: { ...store, url: server.url } }, limiters: LIMITERS };
    const rateSync = await createRateSync({ config, env: {} });
    opened.push(rateSync);
    await rateSync.check();
    return rateSync;
  }

  it('D4: a call whose key holds a foreign value fails alone', async () => {
    const rateSync = await open();
    const names = new KeyNames('rs', null);
    const { policy } = rateSync.limiters.get('window');
    assert(countsUnits(policy));
    await server.command('LPUSH', names.units('window', names.hashTagOf('foreign'), policy), 'x');
    const decisions = await rateSync.limiters
      .pipeline()
      .consume('window', 'ada')
      .consume('window', 'foreign')
      .consume('bucket', 'ada')
      .execute();
    expect(decisions.map(({ degraded, remaining }) => [degraded, remaining])).toEqual([
      [false, 2],
      [true, 0],
      [false, 2],
    ]);
  });

  it('D4: more calls than fit: those that fit are decided, and nothing else is counted', async () => {
    const rateSync = await open();
    const callers = Array.from({ length: 14_000 }, (_, index) => `caller-${String(index)}`);
    const pipeline = rateSync.limiters.pipeline();
    for (const caller of callers) pipeline.consume('bucket', caller);
    const decisions = await pipeline.execute();
    const isDecided = ({ degraded }: Decision): boolean => !degraded;
    const decided = decisions.filter(isDecided).length;
    expect(decided).toBeGreaterThan(0);
    // Each was the first of its identifier, so that each that is counted has a key.
    expect(await server.command('DBSIZE')).toBe(decided + (await probes()));
  });

  async function probes(): Promise<number> {
    const keys = (await server.command('KEYS', '*:probe')) as readonly string[];
    return keys.length;
  }

  it('D4: without a server, every call is answered by its own failure mode', async () => {
    const rateSync = await open();
    await server.kill();
    const pipeline = rateSync.limiters.pipeline();
    for (let call = 0; call < 8_000; call++) pipeline.consume('window', String(call));
    const decisions = await pipeline.execute();
    await server.restart();
    expect(decisions.every(({ degraded, reason }) => degraded && reason === 'fail_open')).toBe(
      true,
    );
  });
});
