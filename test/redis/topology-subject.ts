import type { LimiterConfig, StoreConfig } from '../../src/config/index.js';
import type { DecisionObserver } from '../../src/core/events.js';
import { createRateSync, type CreateRateSyncOptions } from '../../src/runtime/create-rate-sync.js';
import type { RateSync } from '../../src/runtime/rate-sync.js';

/** How long a test waits for what must come soon: bounds are for busy machines. */
export const PATIENCE = { timeout: 10_000, interval: 20 };

/** The options of a subject beside the store; everything has a default. */
export interface SubjectOptions {
  /** Environment variables such as `REDIS_PASSWORD`; default: none. */
  readonly env?: Readonly<Record<string, string>>;
  readonly observers?: readonly DecisionObserver[];
}

/** Limiters of every sort. The units of the first two do not grow back while a test runs. */
const LIMITERS = {
  bucket: { ratePerSecond: 0.001, burst: 3 },
  window: { algorithm: 'sliding_window', limit: 3, windowSeconds: 600 },
  jobs: { maxConcurrent: 2, leaseSeconds: 1 },
  many: { ratePerSecond: 1_000, burst: 100_000 },
} as const satisfies Record<string, LimiterConfig>;

/** A store with as much time as a busy machine may need. */
const PATIENT: StoreConfig = { decisionTimeout: 3, denyCacheSeconds: 0 };

const opened: RateSync[] = [];

/** Limiters `bucket`, `window`, `jobs` and `many` over one store, `main`. */
export function rateSyncOver(
  store: StoreConfig,
  { env = {}, observers = [] }: SubjectOptions = {},
): Promise<RateSync> {
  const config = { stores: { main: { ...PATIENT, ...store } }, limiters: LIMITERS };
  return open({ config, env, observers });
}

/** Limiters of any configuration. */
export async function open(options: CreateRateSyncOptions): Promise<RateSync> {
  const rateSync = await createRateSync(options);
  opened.push(rateSync);
  return rateSync;
}

/** Closes what the test opened. */
export async function closeSubjects(): Promise<void> {
  await Promise.all(opened.splice(0).map((rateSync) => rateSync.close()));
}
