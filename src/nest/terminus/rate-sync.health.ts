import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { RateSync } from '../../runtime/rate-sync.js';
import type { StoreReport } from '../../runtime/store-health.js';
import { RATE_SYNC } from '../tokens.js';

/** What a health check tells of a store. */
export type StoreHealthDetails = Omit<StoreReport, 'id'>;

/** What a health check tells beside up, degraded or down. */
export interface RateSyncHealthDetails {
  /** The backends in use, as `redis` or `memory, redis`. */
  readonly backend: string;
  /** Whether every store answers. */
  readonly accessible: boolean;
  /** Present and true when limiters that let through have lost their store. */
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
 * Tells Terminus 11 and 12 how the stores of the limiters are.
 *
 * Probes a store at most once a second, however often it is asked, and answers within about a second
 * even when a server hangs.
 */
@Injectable()
export class RateSyncHealthIndicator {
  constructor(
    @Inject(RATE_SYNC) private readonly rateSync: RateSync,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
  ) {}

  /** Up only when every store answers. For dashboards and alerts, not for restarts. */
  async isHealthy<Key extends string>(key: Key): Promise<HealthIndicatorResult<Key>> {
    const details = detailsOf(await this.rateSync.health.reports());
    const session = this.#session(key);
    return details.accessible ? session.up(details) : session.down(details);
  }

  /**
   * Down only when a limiter that fails closed has lost its store: this instance answers 503 then, and
   * another one may not. When only limiters that let through have lost theirs, the application goes on:
   * degraded (up with `degraded: true` before Terminus 12).
   */
  async isReady<Key extends string>(key: Key): Promise<HealthIndicatorResult<Key>> {
    const reports = await this.rateSync.health.reports();
    const details = detailsOf(reports);
    const session = this.#session(key);
    const lost = new Set(reports.filter(({ accessible }) => !accessible).map(({ id }) => id));
    const affected = this.rateSync.listLimiters().filter(({ store }) => lost.has(store));
    if (affected.some(({ failureMode }) => failureMode === 'fail_closed')) {
      return session.down(details);
    }
    if (lost.size === 0) return session.up(details);
    const degraded = { ...details, degraded: true };
    return session.degraded?.(degraded) ?? session.up(degraded);
  }

  #session(key: string): Session {
    return this.indicators.check(key);
  }
}

function detailsOf(reports: readonly StoreReport[]): RateSyncHealthDetails {
  return {
    backend: [...new Set(reports.map(({ backend }) => backend))].sort().join(', '),
    accessible: reports.every(({ accessible }) => accessible),
    stores: Object.fromEntries(reports.map(({ id, ...details }) => [id, details])),
  };
}
