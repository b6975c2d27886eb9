import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CircuitState, KnownStoreStatus } from '../../core/store-status.js';
import type { HeaviestUsage } from './heaviest-usage.js';

/** From process memory to a distant Redis, in seconds. */
const BUCKETS = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
];

/** From immediate permits to the longest sensible wait, in seconds. */
const WAIT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const CIRCUIT_VALUES: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };

/** The source of gauges: the states of the stores, and the slots in use. */
export interface StatusSource {
  storeStatuses(): readonly KnownStoreStatus[];
  slotsInUse(): ReadonlyMap<string, number>;
}

/** The metrics of one registry, with the sources of its gauges. */
export interface Definitions {
  readonly allowed: Counter<'limiter_id' | 'endpoint'>;
  readonly blocked: Counter<'limiter_id' | 'endpoint'>;
  readonly duration: Histogram<'limiter_id'>;
  readonly wait: Histogram<'limiter_id'>;
  readonly errors: Counter<'store_id' | 'kind'>;
  readonly degraded: Counter<'limiter_id' | 'mode'>;
  readonly sources: Set<StatusSource>;
  readonly usages: Set<HeaviestUsage>;
}

const known = new WeakMap<Registry, Definitions>();

/** The metrics of a registry, created on first use. */
export function definitionsIn(registry: Registry): Definitions {
  let definitions = known.get(registry);
  if (definitions === undefined || registry.getSingleMetric(ALLOWED) === undefined) {
    definitions = define(registry);
    known.set(registry, definitions);
  }
  return definitions;
}

const ALLOWED = 'rate_limit_allowed_total';

function define(registry: Registry): Definitions {
  const registers = [registry];
  const sources: Definitions['sources'] = new Set();
  const usages: Definitions['usages'] = new Set();
  const statuses = (): readonly KnownStoreStatus[] =>
    [...sources].flatMap((source) => source.storeStatuses());
  defineStoreGauges(registers, statuses);
  defineMemory(registers, statuses);
  defineSlots(registers, sources);
  defineUsage(registers, usages);
  return {
    sources,
    usages,
    ...defineCalls(registers),
    ...defineTimes(registers),
    ...defineFailures(registers),
  };
}

function defineCalls(registers: Registry[]): Pick<Definitions, 'allowed' | 'blocked'> {
  return {
    allowed: new Counter({
      name: ALLOWED,
      help: 'Calls that a limiter allowed, also by its failure mode.',
      labelNames: ['limiter_id', 'endpoint'],
      registers,
    }),
    blocked: new Counter({
      name: 'rate_limit_blocked_total',
      help: 'Calls that a limiter denied, also by its failure mode.',
      labelNames: ['limiter_id', 'endpoint'],
      registers,
    }),
  };
}

function defineTimes(registers: Registry[]): Pick<Definitions, 'duration' | 'wait'> {
  return {
    duration: new Histogram({
      name: 'rate_limit_check_duration_seconds',
      help: 'Response time of the store, without the wait of acquire and run.',
      labelNames: ['limiter_id'],
      buckets: BUCKETS,
      registers,
    }),
    wait: new Histogram({
      name: 'rate_limit_wait_seconds',
      help: 'Wait of acquire and run for a permit, without the response time of the store.',
      labelNames: ['limiter_id'],
      buckets: WAIT_BUCKETS,
      registers,
    }),
  };
}

function defineFailures(registers: Registry[]): Pick<Definitions, 'errors' | 'degraded'> {
  return {
    errors: new Counter({
      name: 'rate_limit_redis_errors_total',
      help: 'Calls to a store that failed.',
      labelNames: ['store_id', 'kind'],
      registers,
    }),
    degraded: new Counter({
      name: 'rate_limit_degraded_total',
      help: 'Calls that a limiter decided by its failure mode.',
      labelNames: ['limiter_id', 'mode'],
      registers,
    }),
  };
}

function defineStoreGauges(
  registers: Registry[],
  statuses: () => readonly KnownStoreStatus[],
): void {
  new Gauge({
    name: 'rate_limit_store_up',
    help: '1 while the store accepts every call, else 0.',
    labelNames: ['store_id'],
    registers,
    collect() {
      for (const { storeId, isUp } of statuses()) this.set({ store_id: storeId }, Number(isUp));
    },
  });
  new Gauge({
    name: 'rate_limit_circuit_state',
    help: 'The worst circuit breaker of the store: 0 closed, 1 half open, 2 open.',
    labelNames: ['store_id'],
    registers,
    collect() {
      for (const { storeId, circuit } of statuses())
        this.set({ store_id: storeId }, CIRCUIT_VALUES[circuit]);
    },
  });
}

function defineSlots(registers: Registry[], sources: Definitions['sources']): void {
  new Gauge({
    name: 'rate_limit_slots_in_use',
    help: 'Slots that this process holds.',
    labelNames: ['limiter_id'],
    registers,
    collect() {
      this.reset();
      for (const source of sources) {
        for (const [limiterId, slots] of source.slotsInUse()) {
          this.inc({ limiter_id: limiterId }, slots);
        }
      }
    },
  });
}

function defineMemory(registers: Registry[], statuses: () => readonly KnownStoreStatus[]): void {
  new Gauge({
    name: 'rate_limit_memory_keys',
    help: 'Identifiers that a memory store tracks.',
    labelNames: ['store_id'],
    registers,
    collect() {
      for (const { storeId, usage } of statuses())
        if (usage) this.set({ store_id: storeId }, usage.keys);
    },
  });
  new Counter({
    name: 'rate_limit_memory_evictions_total',
    help: 'Identifiers that a memory store evicted before they expired.',
    labelNames: ['store_id'],
    registers,
    collect() {
      this.reset();
      for (const { storeId, usage } of statuses()) {
        if (usage) this.inc({ store_id: storeId }, usage.evictions);
      }
    },
  });
}

function defineUsage(registers: Registry[], usages: Definitions['usages']): void {
  new Gauge({
    name: 'rate_limit_usage_percent',
    help: 'The highest share of a limit used by an identifier since the last scrape.',
    labelNames: ['limiter_id', 'identifier'],
    registers,
    collect() {
      this.reset();
      for (const usage of usages) {
        for (const { limiterId, identifier, percent } of usage.read()) {
          const labels = { limiter_id: limiterId, ...(identifier === null ? {} : { identifier }) };
          this.set(labels, percent);
        }
      }
    },
  });
}
