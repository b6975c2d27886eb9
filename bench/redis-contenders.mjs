import { createHash } from 'node:crypto';
import { RedisStore as ExpressStore } from 'rate-limit-redis';
import { RateLimiterRedis, RateLimiterRes, RateLimiterUnion } from 'rate-limiter-flexible';
import { createRateSync } from '../dist/cjs/runtime/create-rate-sync.js';
import { IDENTIFIERS, outcomeOf } from './redis-load.mjs';
import { fullWindow } from './redis-windows.mjs';
import { ThrottlerRedisStorage } from './throttler-storage.mjs';

const MANY = 1_000_000_000;
const WINDOW_MS = 600_000;
const FOUR = ['first', 'second', 'third', 'fourth'];
/** Slow to fill, so that what it knows of an identifier stays from one decision to the next. */
const BUCKET = { ratePerSecond: 1, burst: 1_000_000 };

export const FLOOR = 'floor: EVALSHA of `return 1`';

/** Beside whom a contender stands. The floor has a place of its own. */
export const GROUPS = ['one limit', 'four limits on one identifier', 'denied'];
const [ONE_LIMIT, FOUR_LIMITS, DENIED] = GROUPS;

/**
 * Each has one ioredis connection with default options, the client that it is given or its own, and
 * calls what its library calls for a request. `prepare` is called on an empty server before the
 * measuring begins; without one, every identifier is asked for twice. `remember` leaves in Redis
 * what `MEMORY USAGE` is read of, and tells of how many identifiers it is.
 */
export const contenders = [
  { name: FLOOR, open: floor },
  ours('token bucket', ONE_LIMIT, (_, url) => limiterOf(url, BUCKET)),
  ours('sliding window of 10', ONE_LIMIT, (client, url) => fullWindow(client, url, 10)),
  ours('sliding window of 100', ONE_LIMIT, (client, url) => fullWindow(client, url, 100)),
  ours('sliding window of 10,000', ONE_LIMIT, (client, url) => fullWindow(client, url, 10_000)),
  peer('rate-limiter-flexible', ONE_LIMIT, (client) => flexible(client, MANY)),
  peer('rate-limit-redis', ONE_LIMIT, (client) => express(client, [''], MANY)),
  peer('@nestjs/throttler', ONE_LIMIT, (client) => throttler(client, ['default'], MANY)),
  ours('4 token buckets', FOUR_LIMITS, (_, url) => compositeOf(url)),
  peer('rate-limiter-flexible, union of 4', FOUR_LIMITS, flexibleUnion),
  peer('rate-limit-redis, 4 in a row', FOUR_LIMITS, (client) => express(client, FOUR, MANY)),
  peer('@nestjs/throttler, 4 in a row', FOUR_LIMITS, (client) => throttler(client, FOUR, MANY)),
  ours('denied', DENIED, (_, url) =>
    limiterOf(url, { algorithm: 'sliding_window', limit: 1, windowSeconds: WINDOW_MS / 1_000 }),
  ),
  peer('rate-limiter-flexible, denied', DENIED, (client) =>
    flexible(client, 1, { inMemoryBlockOnConsumed: 2 }),
  ),
  peer('rate-limit-redis, denied', DENIED, (client) => express(client, [''], 1)),
  peer('@nestjs/throttler, denied', DENIED, (client) => throttler(client, ['default'], 1)),
];

function ours(name, group, open) {
  return { name: `ours: ${name}`, group, isPeer: false, open };
}

function peer(name, group, open) {
  return { name, group, isPeer: true, needsStorage: name.startsWith('@nestjs/throttler'), open };
}

async function floor(client) {
  const sha = await client.script('LOAD', 'return 1');
  return {
    call: (identifier) => client.evalsha(sha, 1, identifier),
    outcomeOf: () => 'allowed',
    remember: () => 0,
  };
}

async function limiterOf(url, settings) {
  const rateSync = await rateSyncOf(url, { limiter: settings });
  const limiter = rateSync.limiters.get('limiter');
  return { call: (identifier) => limiter.consume(identifier), outcomeOf };
}

async function compositeOf(url) {
  const rateSync = await rateSyncOf(url, Object.fromEntries(FOUR.map((name) => [name, BUCKET])));
  const call = (identifier) =>
    rateSync.limiters.consumeAll(FOUR.map((limiter) => ({ limiter, identifier })));
  return { call, outcomeOf };
}

async function rateSyncOf(url, limiters) {
  const config = { stores: { main: { strategy: 'redis', url } }, limiters };
  const rateSync = await createRateSync({ config });
  await rateSync.check();
  return rateSync;
}

/** Its denials are rejections. Blocking in memory is what its documentation recommends. */
function flexible(client, points, options = {}) {
  const limiter = flexibleOf(client, { points, ...options });
  return {
    call: (identifier) => limiter.consume(identifier).then(isTaken, isNotRefusal),
    outcomeOf: (isAllowed) => (isAllowed ? 'allowed' : 'denied'),
  };
}

function flexibleUnion(client) {
  const union = new RateLimiterUnion(
    ...FOUR.map((keyPrefix) => flexibleOf(client, { points: MANY, keyPrefix })),
  );
  return { call: (identifier) => union.consume(identifier), outcomeOf: () => 'allowed' };
}

function flexibleOf(client, options) {
  return new RateLimiterRedis({ storeClient: client, duration: WINDOW_MS / 1_000, ...options });
}

function isTaken() {
  return true;
}

function isNotRefusal(refusal) {
  if (refusal instanceof RateLimiterRes) return false;
  throw refusal;
}

/** Several limits are middlewares in a row. */
async function express(client, prefixes, limit) {
  const stores = prefixes.map(
    (prefix) =>
      new ExpressStore({
        prefix: `rl:${prefix}`,
        sendCommand: (command, ...args) => client.call(command, ...args),
      }),
  );
  await Promise.all(stores.map((store) => store.init({ windowMs: WINDOW_MS })));
  return inTurn(
    stores.map((store) => (identifier) => store.increment(identifier)),
    ({ totalHits }) => totalHits <= limit,
  );
}

/** Its guard asks one limit after the other, with a hash for a key. */
function throttler(client, names, limit) {
  const storage = new ThrottlerRedisStorage(client);
  const keys = new Map(IDENTIFIERS.map((identifier) => [identifier, hashOf(identifier)]));
  return inTurn(
    names.map(
      (name) => (identifier) =>
        storage.increment(keys.get(identifier), WINDOW_MS, limit, WINDOW_MS, name),
    ),
    ({ isBlocked }) => !isBlocked,
  );
}

function inTurn(calls, isAllowed) {
  const [first] = calls;
  const all = async (identifier) => {
    let answer;
    for (const call of calls) answer = await call(identifier);
    return answer;
  };
  return {
    call: calls.length === 1 ? first : all,
    outcomeOf: (answer) => (isAllowed(answer) ? 'allowed' : 'denied'),
  };
}

function hashOf(text) {
  return createHash('sha256').update(text).digest('hex');
}
