/*
 * Sliding windows that are hot and full: every log holds as many units as its limit, and units come
 * free about as fast as they are asked for. Nearly every decision drops one and appends one.
 */
import { createRateSync } from '../dist/cjs/runtime/create-rate-sync.js';
import { KeyNames } from '../dist/cjs/stores/redis/protocol/keys.js';
import { RedisStore } from '../dist/cjs/stores/redis/redis-store.js';
import { IDENTIFIERS, outcomeOf } from './redis-load.mjs';

const PREFIX = 'rs';
const NAME = 'window';
/** The most moments that a log is filled with. */
const MOMENTS = 1_000;
/** Asked for a little more than comes free, a log stays full. */
const PRESSURE = 1.1;
const FIRST_GUESS_PER_SECOND = 10_000;

/** Denials are not remembered, because it is the script that is measured. */
export async function fullWindow(client, url, limit) {
  const configFor = (windowMs) => ({
    stores: { main: { strategy: 'redis', url, keyPrefix: PREFIX, denyCacheSeconds: 0 } },
    limiters: {
      [NAME]: { algorithm: 'sliding_window', limit, windowSeconds: windowMs / 1_000 },
    },
  });
  let fillAtUs = 0;
  const openStore = (settings, { clock }) =>
    new RedisStore(settings, { clock, nowUs: () => fillAtUs });
  const config = configFor(1_000);
  const rateSync = await createRateSync({ config });
  const filler = await createRateSync({ config, openStore });
  await Promise.all([rateSync.check(), filler.check()]);
  const limiter = rateSync.limiters.get(NAME);

  /** Fills the log of one identifier as if it had been asked evenly for a window that ends now. */
  const fill = async (windowMs) => {
    const changed = configFor(windowMs);
    await Promise.all([rateSync.reload(changed), filler.reload(changed)]);
    const nowUs = Date.now() * 1_000;
    const moments = Math.min(limit, MOMENTS);
    for (let moment = 0; moment < moments; moment++) {
      fillAtUs = nowUs - Math.floor(windowMs * 1_000 * (1 - moment / moments));
      await filler.limiters.get(NAME).consume(IDENTIFIERS[0], { cost: limit / moments });
    }
  };

  return {
    call: (identifier) => limiter.consume(identifier),
    outcomeOf,
    prepare: async (perSecond = FIRST_GUESS_PER_SECOND) => {
      const windowMs = Math.ceil((limit * PRESSURE * 1_000 * IDENTIFIERS.length) / perSecond);
      await fill(windowMs);
      const [full, ...others] = IDENTIFIERS.map(keyOf);
      await Promise.all(others.map((key) => client.copy(full, key, 'REPLACE')));
    },
    remember: async () => {
      await fill(600_000);
      return 1;
    },
  };
}

function keyOf(identifier) {
  const names = new KeyNames(PREFIX);
  return names.units(NAME, names.hashTagOf(identifier), { algorithm: 'sliding_window' });
}
