import type { Counter, Histogram, Registry } from 'prom-client';
import type { Decision } from '../../core/decision.js';
import type { DecisionEvent, DecisionObserver, DegradedEvent } from '../../core/events.js';
import { definitionsIn, type Definitions, type StatusSource } from './definitions.js';
import { HeaviestUsage } from './heaviest-usage.js';

/** The label of calls outside a request. */
const NO_ENDPOINT = 'none';

/** Routes of one limiter with a label of their own; further routes share one. */
const MAX_ENDPOINTS = 500;
const OTHER_ENDPOINTS = 'other';

/** The series of a limiter, cached. */
interface LimiterSeries {
  readonly duration: Histogram.Internal<'limiter_id'>;
  /** Created by the first call that waits: other limiters have no such series. */
  wait: Histogram.Internal<'limiter_id'> | null;
  readonly allowed: Map<string, Counter.Internal>;
  readonly blocked: Map<string, Counter.Internal>;
}

/** The metrics of one application. Several in one process may share a registry. */
export class Metrics implements DecisionObserver {
  readonly #definitions: Definitions;
  readonly #usage: HeaviestUsage;
  readonly #limiters = new Map<string, LimiterSeries>();

  /**
   * `identifiers`: the number of heaviest identifiers of each limiter whose usage has a series of its
   * own (hashed); 0 for none.
   */
  constructor(registry: Registry, source: StatusSource, identifiers: number) {
    this.#definitions = definitionsIn(registry);
    this.#usage = new HeaviestUsage(identifiers);
    this.#definitions.sources.add(source);
    this.#definitions.usages.add(this.#usage);
    this.#unregister = () => {
      this.#definitions.sources.delete(source);
      this.#definitions.usages.delete(this.#usage);
    };
  }

  readonly #unregister: () => void;

  /** Removes the gauges of this application from the registry. */
  close(): void {
    this.#unregister();
  }

  onDecision(event: DecisionEvent): void {
    const seconds = event.durationMs / 1_000;
    const { decisions, endpoint } = event;
    for (const [index, decision] of decisions.entries()) {
      const series = this.#seriesOf(decision.limiterId);
      series.duration.observe(seconds);
      if (event.waitedMs !== null) this.#waitOf(series, decision).observe(event.waitedMs / 1_000);
      this.#counter(series, decision, endpoint ?? NO_ENDPOINT).inc();
      if (!decision.degraded) this.#usage.note(decision, () => event.identifiers[index] ?? '');
    }
  }

  onDegraded({ storeId, kind, limiterIds, modes }: DegradedEvent): void {
    this.#definitions.errors.inc({ store_id: storeId, kind });
    for (const [index, limiterId] of limiterIds.entries()) {
      this.#definitions.degraded.inc({ limiter_id: limiterId, mode: modes[index] ?? '' });
    }
  }

  #seriesOf(limiterId: string): LimiterSeries {
    let series = this.#limiters.get(limiterId);
    if (series === undefined) {
      const duration = this.#definitions.duration.labels({ limiter_id: limiterId });
      series = { duration, wait: null, allowed: new Map(), blocked: new Map() };
      this.#limiters.set(limiterId, series);
    }
    return series;
  }

  #waitOf(series: LimiterSeries, { limiterId }: Decision): Histogram.Internal<'limiter_id'> {
    series.wait ??= this.#definitions.wait.labels({ limiter_id: limiterId });
    return series.wait;
  }

  #counter(series: LimiterSeries, decision: Decision, wanted: string): Counter.Internal {
    const { limiterId, allowed } = decision;
    const known = allowed ? series.allowed : series.blocked;
    const found = known.get(wanted);
    if (found !== undefined) return found;
    const endpoint = known.size < MAX_ENDPOINTS ? wanted : OTHER_ENDPOINTS;
    const metric = allowed ? this.#definitions.allowed : this.#definitions.blocked;
    const counter = metric.labels({ limiter_id: limiterId, endpoint });
    if (known.size <= MAX_ENDPOINTS) known.set(endpoint, counter);
    return counter;
  }
}
