import type { CircuitState } from '../core/store-status.js';

/** When a circuit breaker opens, and for how long. */
export interface CircuitBreakerRule {
  /** Consecutive failures until it opens. */
  readonly failureThreshold: number;
  /** Milliseconds from opening until one probe is allowed. */
  readonly openMs: number;
}

type State =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly probeAtMs: number }
  | { readonly kind: 'half_open' };

/** The random share of a pause, so that processes that failed together do not retry together. */
const JITTER = 0.2;

/**
 * Stops calls to a failing server.
 *
 * Closed: counts consecutive failures and opens at the threshold. Open: rejects every call until a
 * probe is due. Half open: that probe decides; its success closes the breaker, its failure opens it.
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

  /** Records a success, which clears the count of failures. */
  succeed(): void {
    if (this.#state.kind === 'closed' && this.#state.failures === 0) return;
    this.#become({ kind: 'closed', failures: 0 });
  }

  /** Records a failure. An open breaker ignores it: that call was sent before it opened. */
  fail(nowMs: number): void {
    if (this.#state.kind === 'open') return;
    const failures = this.#state.kind === 'closed' ? this.#state.failures + 1 : Infinity;
    if (failures < this.#rule.failureThreshold) {
      this.#state = { kind: 'closed', failures };
      return;
    }
    this.trip(nowMs);
  }

  /** Opens at once, or extends the pause of an open breaker. */
  trip(nowMs: number): void {
    const factor = 1 + (2 * this.#random() - 1) * JITTER;
    this.#become({ kind: 'open', probeAtMs: nowMs + this.#rule.openMs * factor });
  }

  /** Allows one probe. */
  tryOut(): void {
    this.#become({ kind: 'half_open' });
  }

  #become(next: State): void {
    const from = this.#state.kind;
    this.#state = next;
    if (from !== next.kind) this.#onChange(from, next.kind);
  }
}
