import { randomUUID } from 'node:crypto';
import type { RedisStoreSettings } from '../../config/index.js';
import { systemClock } from '../../core/clock.js';
import type { Store, StoreRequest, Verdict } from '../../core/store.js';
import { openStore } from '../../runtime/open-store.js';

/** What is taken in a probe. Nobody else counts under this name and such an identifier. */
const LIMITER_ID = 'rate-sync-doctor';

/** Long enough for slow machines; how slow they are is looked at elsewhere. */
const PATIENCE_MS = 3_000;

/** Long enough that no unit comes back meanwhile, and nothing stays for long if we are killed. */
const WINDOW_MS = 60_000;

/**
 * Opens a store of its own for every probe, with the settings of the real one, and forgets what
 * was counted when all is done.
 */
export class Probe {
  readonly identifier = randomUUID();
  readonly #settings: RedisStoreSettings;
  readonly #opened: Store[] = [];

  constructor(settings: RedisStoreSettings) {
    const { socketConnectTimeoutMs } = settings;
    const decisionTimeoutMs = Math.max(PATIENCE_MS, socketConnectTimeoutMs);
    this.#settings = { ...settings, decisionTimeoutMs, healthCheckIntervalMs: 0 };
  }

  /** One more store, with connections of its own. */
  open(): Store {
    const nobody = (): void => undefined;
    const context = { clock: systemClock, onOverflow: nobody, onCircuit: nobody };
    const store = openStore(this.#settings, context);
    this.#opened.push(store);
    return store;
  }

  /** Takes a unit of `limit`. Rejects with `StoreUnavailableError`. */
  async take(store: Store, limit: number): Promise<Verdict | undefined> {
    const request: StoreRequest = {
      limiterId: LIMITER_ID,
      identifier: this.identifier,
      policy: { algorithm: 'sliding_window', limit, windowMs: WINDOW_MS },
      cost: 1,
      maxWaitMs: 0,
      leaseId: null,
    };
    const [verdict] = await store.decide([request], 'all', this.#settings.decisionTimeoutMs);
    return verdict;
  }

  /** Forgets what was counted, through every store, and closes them. Never rejects. */
  async end(): Promise<void> {
    const state = { limiterId: LIMITER_ID, identifier: this.identifier };
    for (const store of this.#opened) {
      await Promise.resolve(store.reset(state)).catch(() => undefined);
      await store.close();
    }
  }
}
