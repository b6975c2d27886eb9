import type { CircuitState } from '../../../core/store-status.js';
import type { Cancel, Clock } from '../../../core/clock.js';
import type { StoreUnavailableError } from '../../../core/errors/index.js';
import { CircuitBreaker, type CircuitBreakerRule } from '../../../resilience/circuit-breaker.js';
import { ReadinessWaiters } from './readiness.js';

/** What a server's health is made of, and who is told of it. */
export interface HealthOptions {
  readonly clock: Clock;
  readonly rule: CircuitBreakerRule;
  /** Milliseconds between two looks at an idle server; 0: none. */
  readonly checkEveryMs: number;
  /** Sends a probe that no caller waits for; false when there is no connection to send it on. */
  readonly probe: () => boolean;
  /** Whether nothing else tells how the server is. */
  readonly isIdle: () => boolean;
  readonly onCircuit: (from: CircuitState, to: CircuitState) => void;
}

/**
 * Whether a server may be asked: a circuit breaker, and the probes that close it again.
 *
 * No caller's request is the probe. While the breaker is open one is sent in the background when
 * its pause is over; a new connection is probed at once.
 */
export class Health {
  readonly #options: HealthOptions;
  readonly #breaker: CircuitBreaker;
  readonly #proofs = new ReadinessWaiters();
  #cancelProbe: Cancel = () => undefined;
  #cancelCheck: Cancel = () => undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#breaker = new CircuitBreaker(options.rule, (from, to) => {
      options.onCircuit(from, to);
      if (to === 'open') this.#planProbe();
      else this.#cancelProbe();
    });
  }

  get isHealthy(): boolean {
    return this.#breaker.isClosed;
  }

  get circuit(): CircuitState {
    return this.#breaker.state;
  }

  /** Whether somebody waits for a proof. */
  get isAwaited(): boolean {
    return this.#proofs.hasWaiters;
  }

  /** Something that a caller waited for was answered. Only a probe closes an open breaker. */
  answered(): void {
    if (this.#breaker.isClosed) this.#breaker.succeed();
  }

  /** Something that a caller waited for failed. */
  failed(): void {
    this.#breaker.fail(this.#options.clock.nowMs());
  }

  /** A new connection stands: what it is worth shows at once. */
  connected(): void {
    if (!this.#breaker.isClosed) this.#breaker.tryOut();
    this.#options.probe();
    this.#planCheck();
  }

  disconnected(failure: StoreUnavailableError): void {
    this.#cancelCheck();
    this.#proofs.settle(failure);
  }

  probeSucceeded(): void {
    this.#breaker.succeed();
    this.#proofs.settle(null);
  }

  probeFailed(failure: StoreUnavailableError): void {
    this.#breaker.trip(this.#options.clock.nowMs());
    this.#planProbe();
    this.#proofs.settle(failure);
  }

  /** Settles with the next probe or the next failure to connect. */
  ready(): Promise<void> {
    return this.#proofs.next();
  }

  close(failure: StoreUnavailableError): void {
    this.#cancelProbe();
    this.#cancelCheck();
    this.#proofs.settle(failure);
  }

  #planProbe(): void {
    const { clock, rule, probe } = this.#options;
    const nowMs = clock.nowMs();
    const probeAtMs = this.#breaker.probeAtMs ?? nowMs + rule.openMs;
    const due = (): void => {
      this.#breaker.tryOut();
      if (probe()) return;
      this.#breaker.trip(clock.nowMs());
    };
    this.#cancelProbe();
    this.#cancelProbe = clock.schedule(due, probeAtMs - nowMs, 'background');
  }

  #planCheck(): void {
    const { clock, checkEveryMs, isIdle, probe } = this.#options;
    this.#cancelCheck();
    if (checkEveryMs === 0) return;
    const check = (): void => {
      if (isIdle() && this.#breaker.isClosed) probe();
      this.#planCheck();
    };
    this.#cancelCheck = clock.schedule(check, checkEveryMs, 'background');
  }
}
