import type { CircuitState } from '../core/store-status.js';

/** When a circuit breaker opens, and for how long. */
export interface CircuitBreakerRule {
  /** Consecutive failures until it opens. */
  readonly failureThreshold: number;
  /** Milliseconds from opening until one probe is let through. */
  readonly openMs: number;
}

type State =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly probeAtMs: number }
  | { readonly kind: 'half_open' };

/** By how much a pause may differ, so that processes that failed together do not come back together. */
const JITTER = 0.2;

/**
 * Leaves a failing server alone.
 *
 * Closed, it counts consecutive failures and opens at the threshold. Open, it refuses everything
 * until one probe is due. Half open, that probe decides: its success closes, its failure opens.
 */
export class CircuitBreaker {
  readonly #rule: CircuitBreakerRule;
  readonly #onChange: (from: CircuitState, to: CircuitState) => void;
  readonly #random: () => number;
  #state: State = { kind: 'closed', failures: 0 };

  constructor(
    rule: CircuitBreakerRule,
    onChange: (from: CircuitState, to: CircuitState) => void,
    random: () => number = Math.random,
  ) {
    this.#rule = rule;
    this.#onChange = onChange;
    this.#random = random;
  }

  get state(): CircuitState {
    return this.#state.kind;
  }

  get isClosed(): boolean {
    return this.#state.kind === 'closed';
  }

  /** When the next probe is due; null unless the breaker is open. */
  get probeAtMs(): number | null {
    return this.#state.kind === 'open' ? this.#state.probeAtMs : null;
  }

  /** Something worked: the failures so far do not count any more. */
  succeed(): void {
    if (this.#state.kind === 'closed' && this.#state.failures === 0) return;
    this.#become({ kind: 'closed', failures: 0 });
  }

  /** Something failed. While the breaker is open, a failure of what was asked before changes nothing. */
  fail(nowMs: number): void {
    if (this.#state.kind === 'open') return;
    const failures = this.#state.kind === 'closed' ? this.#state.failures + 1 : Infinity;
    if (failures < this.#rule.failureThreshold) {
      this.#state = { kind: 'closed', failures };
      return;
    }
    this.trip(nowMs);
  }

  /** Opens at once, or stays open for another pause. */
  trip(nowMs: number): void {
    const factor = 1 + (2 * this.#random() - 1) * JITTER;
    this.#become({ kind: 'open', probeAtMs: nowMs + this.#rule.openMs * factor });
  }

  /** Lets one probe through. */
  tryOut(): void {
    this.#become({ kind: 'half_open' });
  }

  #become(next: State): void {
    const from = this.#state.kind;
    this.#state = next;
    if (from !== next.kind) this.#onChange(from, next.kind);
  }
}
