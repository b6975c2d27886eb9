import type { Clock } from '../core/clock.js';
import { isStoreUnavailableError } from '../core/errors/index.js';
import type {
  CircuitState,
  KnownStoreStatus,
  NodeFailure,
  NodeStatus,
} from '../core/store-status.js';
import type { GuardedStore } from '../limiter/guarded-store/guarded-store.js';

/** The result of a probe of a store. Contains no secrets and no text of a server. */
export interface StoreReport {
  readonly storeId: string;
  /** `memory` or `redis`. */
  readonly strategy: string;
  /** Whether the store is available. */
  readonly isUp: boolean;
  /** Duration of the probe in milliseconds; null without a reply, and when no probe was sent. */
  readonly latencyMs: number | null;
  readonly circuit: CircuitState;
  readonly topology: string | null;
  readonly nodes: readonly NodeStatus[];
  /** Null when the store is available. */
  readonly failure: NodeFailure | null;
}

/** How long a report is reused, in milliseconds. */
const FRESH_MS = 1_000;

/** The timeout of a probe, in milliseconds; after it the store counts as unavailable. */
const PROBE_MS = 1_000;

/**
 * Probes stores for health checks.
 *
 * A store is probed at most once a second, by one probe at a time, for at most a second, however many
 * reports are requested. A store that is known to be down is not probed: its status is reported, and it
 * recovers by itself.
 */
export class StoreHealth {
  readonly #probes: readonly StoreProbe[];

  constructor(stores: Iterable<GuardedStore>, clock: Clock) {
    this.#probes = [...stores].map((store) => new StoreProbe(store, clock));
  }

  /** One report for each store. Never rejects, and settles within about a second. */
  reports(): Promise<readonly StoreReport[]> {
    return Promise.all(this.#probes.map((probe) => probe.report()));
  }

  /** The status of each store as this process knows it; sends no request. */
  statuses(): readonly KnownStoreStatus[] {
    return this.#probes.map((probe) => probe.status());
  }
}

class StoreProbe {
  readonly #store: GuardedStore;
  readonly #clock: Clock;
  #report: Promise<StoreReport> | null = null;
  #isPending = false;
  #freshUntilMs = 0;

  constructor(store: GuardedStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  status(): KnownStoreStatus {
    return { ...this.#store.status(), storeId: this.#store.id, usage: this.#store.usage() };
  }

  report(): Promise<StoreReport> {
    const isFresh = this.#isPending || this.#clock.nowMs() < this.#freshUntilMs;
    if (this.#report !== null && isFresh) return this.#report;
    this.#isPending = true;
    this.#report = this.#probe().finally(() => {
      this.#isPending = false;
      this.#freshUntilMs = this.#clock.nowMs() + FRESH_MS;
    });
    return this.#report;
  }

  async #probe(): Promise<StoreReport> {
    const { isUp, nodes } = this.#store.status();
    if (!isUp && nodes.length > 0) return this.#reported(null, failureOf(nodes));
    const startMs = this.#clock.nowMs();
    try {
      await this.#store.probe(PROBE_MS);
      return this.#reported(this.#clock.nowMs() - startMs, null);
    } catch (error) {
      const failure = isStoreUnavailableError(error)
        ? { kind: error.kind, failureCode: error.failureCode }
        : { kind: 'unknown' as const, failureCode: null };
      return this.#reported(null, failure);
    }
  }

  #reported(latencyMs: number | null, failure: NodeFailure | null): StoreReport {
    const { strategy, topology } = this.#store.describe();
    const { circuit, nodes } = this.#store.status();
    // Frozen: callers within a second share this report.
    return Object.freeze({
      storeId: this.#store.id,
      strategy,
      isUp: failure === null,
      latencyMs: latencyMs === null ? null : Math.round(latencyMs * 100) / 100,
      circuit,
      topology,
      nodes: Object.freeze(nodes.map((node) => Object.freeze({ ...node }))),
      failure,
    });
  }
}

function failureOf(nodes: readonly NodeStatus[]): NodeFailure {
  const failed = nodes.find(({ failure }) => failure !== null);
  return failed?.failure ?? { kind: 'cluster_down', failureCode: 'UNCOVERED_SLOT' };
}
