import { randomUUID } from 'node:crypto';
import type { RedisStoreSettings } from '../../config/index.js';
import { systemClock } from '../../core/clock.js';
import type { Store, StoreRequest, Verdict } from '../../core/store.js';
import { openStore } from '../../runtime/open-store.js';
import { trialPolicy } from '../algorithms.js';

/** No application counts under this id with a random identifier. */
const LIMITER_ID = 'rate-sync-doctor';

/** Long enough for slow servers; another check measures the latency. */
const MIN_TIMEOUT_MS = 3_000;

/** No unit is free again during a trial, and keys expire soon when this process is killed. */
const WINDOW_MS = 60_000;

const ignore = (): void => undefined;

/**
 * A limit of the doctor's own on a real store. Each connection is a store with the settings of the
 * real one; `close` resets the counts.
 */
export class TrialLimiter {
  readonly identifier = randomUUID();
  readonly #settings: RedisStoreSettings;
  readonly #opened: Store[] = [];

  constructor(settings: RedisStoreSettings) {
    const { socketConnectTimeoutMs } = settings;
    const decisionTimeoutMs = Math.max(MIN_TIMEOUT_MS, socketConnectTimeoutMs);
    this.#settings = { ...settings, decisionTimeoutMs, healthCheckIntervalMs: 0 };
  }

  /** Opens another store, with connections of its own. */
  open(): Store {
    const context = { clock: systemClock, onOverflow: ignore, onCircuit: ignore };
    const store = openStore(this.#settings, context);
    this.#opened.push(store);
    return store;
  }

  /** Consumes a unit of `limit`. Rejects with `StoreUnavailableError`. */
  async consume(store: Store, limit: number): Promise<Verdict | undefined> {
    const request: StoreRequest = {
      limiterId: LIMITER_ID,
      identifier: this.identifier,
      policy: trialPolicy(limit, WINDOW_MS),
      cost: 1,
      maxWaitMs: 0,
      leaseId: null,
    };
    const [verdict] = await store.decide([request], 'all', this.#settings.decisionTimeoutMs);
    return verdict;
  }

  /** Resets the counts through every store and closes the stores. Never rejects. */
  async close(): Promise<void> {
    const state = { limiterId: LIMITER_ID, identifier: this.identifier };
    for (const store of this.#opened) {
      await Promise.resolve(store.reset(state)).catch(ignore);
      await store.close();
    }
  }
}
