import {
  Controller,
  Get,
  Header,
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type OnModuleDestroy,
  type Type,
} from '@nestjs/common';
import { register, type Registry } from 'prom-client';
import { Metrics } from '../../observability/prometheus/metrics.js';
import type { RateSync } from '../../runtime/rate-sync.js';
import { SkipRateLimit } from '../decorators/rate-limit.decorator.js';
import { RATE_SYNC } from '../tokens.js';

/** Options of `RateSyncPrometheusModule`; all have defaults. */
export interface RateSyncPrometheusOptions {
  /** Default: the global registry of prom-client. */
  readonly registry?: Registry | undefined;
  /** Where the metrics of the registry are served (`/metrics`), not limited; false: nowhere. */
  readonly path?: string | false | undefined;
  /**
   * How many identifiers of each limiter, the heaviest ones, `rate_limit_usage_percent` reports by their
   * hash in the label `identifier`. Default 0: none.
   */
  readonly identifiers?: number | undefined;
}

const OPTIONS = Symbol.for('@rate-sync/nestjs:prometheus');

/** Counts from the moment that it is made until the application is closed. */
@Injectable()
class MetricsObserver implements OnModuleDestroy {
  readonly #metrics: Metrics;
  readonly #stop: () => void;

  constructor(
    @Inject(RATE_SYNC) rateSync: RateSync,
    @Inject(OPTIONS) { registry, identifiers }: Required<RateSyncPrometheusOptions>,
  ) {
    this.#metrics = new Metrics(registry ?? register, rateSync, identifiers ?? 0);
    this.#stop = rateSync.observe(this.#metrics);
  }

  onModuleDestroy(): void {
    this.#stop();
    this.#metrics.close();
  }
}

/**
 * Counts the decisions of all limiters for Prometheus.
 *
 * Import it beside `RateSyncModule`. Applications that share a registry in one process share its metrics.
 */
@Module({})
export class RateSyncPrometheusModule {
  static forRoot(options: RateSyncPrometheusOptions = {}): DynamicModule {
    const { registry = register, path = '/metrics', identifiers = 0 } = options;
    const resolved = { registry, path, identifiers };
    return {
      module: RateSyncPrometheusModule,
      providers: [{ provide: OPTIONS, useValue: resolved }, MetricsObserver],
      controllers: path === false ? [] : [controllerAt(path, registry)],
    };
  }
}

function controllerAt(path: string, registry: Registry): Type {
  @Controller(path)
  @SkipRateLimit()
  class MetricsController {
    @Get()
    @Header('Content-Type', registry.contentType)
    @Header('Cache-Control', 'no-store')
    metrics(): Promise<string> {
      return registry.metrics();
    }
  }
  return MetricsController;
}
