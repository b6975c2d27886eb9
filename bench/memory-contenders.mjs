import { ThrottlerStorageService } from '@nestjs/throttler';
import { MemoryStore as ExpressStore } from 'express-rate-limit';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { createRateSync } from '../dist/cjs/runtime/create-rate-sync.js';
import { MemoryStore } from '../dist/cjs/stores/memory/memory-store.js';

const WINDOW_MS = 600_000;
const MANY = 1_000_000;
const MAX_KEYS = 1_000_000;

const bucket = { algorithm: 'token_bucket', ratePerSecond: 1_000, burst: MANY };
const window = { algorithm: 'sliding_window', limit: 10, windowMs: WINDOW_MS };

export const PEERS = ['express-rate-limit', 'rate-limiter-flexible', '@nestjs/throttler'];

/**
 * Each opens a fresh store and calls it as its own library does. Most allow every call. A sliding
 * window of 10 refuses the hot key after ten calls, which is its usual work; @nestjs/throttler after
 * 100, because it keeps every hit and fails with a RangeError near 100,000 of them.
 */
export const contenders = {
  'memory store, token bucket': () => storeOf(bucket),
  'memory store, sliding window of 10': () => storeOf(window),
  'limiter.consume, token bucket': () => limiterOf({ ratePerSecond: 1_000, burst: MANY }),
  'limiter.consume, sliding window of 10': () =>
    limiterOf({ algorithm: 'sliding_window', limit: 10, windowSeconds: WINDOW_MS / 1000 }),
  'express-rate-limit': () => {
    const store = new ExpressStore();
    store.init({ windowMs: WINDOW_MS });
    return { call: (key) => store.increment(key) };
  },
  'rate-limiter-flexible': () => {
    const limiter = new RateLimiterMemory({ points: MANY * 100, duration: WINDOW_MS / 1000 });
    return { call: (key) => limiter.consume(key) };
  },
  '@nestjs/throttler': () => {
    const storage = new ThrottlerStorageService();
    return { call: (key) => storage.increment(key, WINDOW_MS, 100, WINDOW_MS, 'default') };
  },
};

function storeOf(policy) {
  const store = new MemoryStore({ id: 'bench', maxKeys: MAX_KEYS });
  const call = (identifier) =>
    store.decide(
      [{ limiterId: 'bench', identifier, policy, cost: 1, maxWaitMs: 0, leaseId: null }],
      'all',
    );
  return { call, isSync: true };
}

function limiterOf(settings) {
  let limiter = null;
  const config = {
    stores: { main: { strategy: 'memory', maxKeys: MAX_KEYS } },
    limiters: { bench: settings },
  };
  const opened = createRateSync({ config }).then((rateSync) => rateSync.limiters.get('bench'));
  const opening = async (key) => {
    limiter ??= await opened;
    return limiter.consume(key);
  };
  return { call: (key) => (limiter === null ? opening(key) : limiter.consume(key)) };
}
