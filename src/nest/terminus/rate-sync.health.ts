import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { describeFailure } from '../../core/errors/store-causes.js';
import type { RateSync } from '../../runtime/rate-sync.js';
import type { StoreReport } from '../../runtime/store-health.js';
import { RATE_SYNC } from '../tokens.js';

/** A store in a health response, in the words of the endpoint that this response follows. */
export interface StoreHealthDetails extends Omit<StoreReport, 'storeId' | 'strategy' | 'isUp'> {
  /** The store's strategy: `memory` or `redis`. */
  readonly backend: string;
  /** Whether it answers. */
  readonly accessible: boolean;
  /** Why not, in a sentence without any text of the server's; absent when it answers. */
  readonly error?: string;
}

/** What a health response holds beside up, degraded or down. */
export interface RateSyncHealthDetails {
  /** The strategies in use, as `redis` or `memory, redis`. */
  readonly backend: string;
  /** Whether every store answers. */
  readonly accessible: boolean;
  /** Why the first store that does not answer does not; absent when all of them do. */
  readonly error?: string;
  /** Present and true when limiters that fail open have lost their store. */
  readonly degraded?: true;
  readonly stores: Readonly<Record<string, StoreHealthDetails>>;
}

/** A part of `HealthIndicatorSession`; `degraded` came with Terminus 12. */
interface Session {
  up(data: object): HealthIndicatorResult;
  down(data: object): HealthIndicatorResult;
  degraded?(data: object): HealthIndicatorResult;
}

/**
 * Reports the state of the stores to Terminus 11 and 12.
 *
 * Probes each store at most once a second, however many health checks run, and returns within about a
 * second even when a server hangs.
 */
@Injectable()
export class RateSyncHealthIndicator {
  readonly #rateSync: RateSync;
  readonly #indicators: HealthIndicatorService;

  constructor(
    @Inject(RATE_SYNC) rateSync: RateSync,
    @Inject(HealthIndicatorService) indicators: HealthIndicatorService,
  ) {
    this.#rateSync = rateSync;
    this.#indicators = indicators;
  }

  /** Up only when every store answers. For dashboards and alerts, not for restarts. */
  async isHealthy<Key extends string>(key: Key): Promise<HealthIndicatorResult<Key>> {
    const details = detailsOf(await this.#rateSync.health.reports());
    const session = this.#session(key);
    return details.accessible ? session.up(details) : session.down(details);
  }

  /**
   * Down only when a limiter that fails closed has lost its store: this instance responds with 503 then,
   * and another one may not. When only limiters that fail open have lost theirs, the instance stays in
   * rotation: degraded (up with `degraded: true` before Terminus 12).
   */
  async isReady<Key extends string>(key: Key): Promise<HealthIndicatorResult<Key>> {
    const reports = await this.#rateSync.health.reports();
    const details = detailsOf(reports);
    const session = this.#session(key);
    const lost = new Set(reports.filter(({ isUp }) => !isUp).map(({ storeId }) => storeId));
    const affected = this.#rateSync.listLimiters().filter(({ storeId }) => lost.has(storeId));
    if (affected.some(({ failureMode }) => failureMode === 'fail_closed')) {
      return session.down(details);
    }
    if (lost.size === 0) return session.up(details);
    const degraded = { ...details, degraded: true };
    return session.degraded?.(degraded) ?? session.up(degraded);
  }

  #session(key: string): Session {
    return this.#indicators.check(key);
  }
}

function detailsOf(reports: readonly StoreReport[]): RateSyncHealthDetails {
  const down = reports.find(({ isUp }) => !isUp);
  return {
    backend: [...new Set(reports.map(({ strategy }) => strategy))].sort().join(', '),
    accessible: down === undefined,
    ...(down === undefined ? {} : errorOf(down)),
    stores: Object.fromEntries(reports.map((report) => [report.storeId, storeDetailsOf(report)])),
  };
}

/** The one place where a report takes on the words of the health response. */
function storeDetailsOf(report: StoreReport): StoreHealthDetails {
  const { strategy, isUp, latencyMs, circuit, topology, nodes, failure } = report;
  const state = { latencyMs, circuit, topology, nodes, failure };
  return { backend: strategy, accessible: isUp, ...errorOf(report), ...state };
}

function errorOf({ storeId, failure }: StoreReport): { readonly error?: string } {
  if (failure === null) return {};
  return { error: describeFailure(`store "${storeId}"`, failure) };
}
