import { Inject, Injectable } from '@nestjs/common';
import type { RateSyncConfig } from '../../config/index.js';
import type { CompositeDecision } from '../../core/decision.js';
import type { DecisionObserver } from '../../core/events.js';
import type { StoreDescription } from '../../core/store.js';
import type { ConsumeAllOptions, LimitRequest } from '../../limiter/composite.js';
import type { Limiter } from '../../limiter/limiter.js';
import type { LimiterPipeline } from '../../limiter/pipeline.js';
import type { LimiterDescription } from '../../runtime/limiter-description.js';
import type { RateSync } from '../../runtime/rate-sync.js';
import type { StoreReport } from '../../runtime/store-health.js';
import { RATE_SYNC } from '../tokens.js';

/** The application's limiters, for providers that choose one at run time or need several at once. */
@Injectable()
export class RateSyncService {
  readonly #rateSync: RateSync;

  constructor(@Inject(RATE_SYNC) rateSync: RateSync) {
    this.#rateSync = rateSync;
  }

  /** The limiter with this id. Throws `LimiterNotFoundError`, which names the nearest. */
  getLimiter(limiterId: string): Limiter {
    return this.#rateSync.limiters.get(limiterId);
  }

  /**
   * Decides several limits together: one round trip per store, and nothing is taken when the call is
   * denied. Rejects with `LimiterNotFoundError`, `InvalidCostError`, `InvalidIdentifierError`,
   * `LeaseRequiredError` or `InvalidUsageError` before anything is taken.
   */
  consumeAll(
    requests: readonly LimitRequest[],
    options?: ConsumeAllOptions,
  ): Promise<CompositeDecision> {
    return this.#rateSync.limiters.consumeAll(requests, options);
  }

  /** Collects independent calls and makes them together when it is executed. */
  pipeline(): LimiterPipeline {
    return this.#rateSync.limiters.pipeline();
  }

  /**
   * Reads the configuration again (or another one) and applies its limits from the next decision
   * on; what was counted stays counted. All or nothing: rejects with a `ConfigurationError`, or
   * with an `InvalidUsageError` for changes that need a restart.
   */
  reload(config?: string | RateSyncConfig): Promise<void> {
    return this.#rateSync.reload(config);
  }

  /** Notifies an observer of decisions, failures and circuits. Returns an unsubscribe function. */
  observe(observer: DecisionObserver): () => void {
    return this.#rateSync.observe(observer);
  }

  /** Every limiter with its rule and its failure mode: frozen copies. */
  listLimiters(): LimiterDescription[] {
    return this.#rateSync.listLimiters();
  }

  /**
   * Probes every store for a health check: at most once a second however often it is called, and for
   * at most a second. Never rejects; a store that does not answer is `isUp: false`.
   */
  checkStores(): Promise<readonly StoreReport[]> {
    return this.#rateSync.health.reports();
  }

  /** Every store, without secrets: frozen copies. */
  listStores(): StoreDescription[] {
    return this.#rateSync.listStores();
  }
}
