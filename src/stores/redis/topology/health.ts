import type { CircuitState } from '../../../core/store-status.js';
import type { Cancel, Clock } from '../../../core/clock.js';
import type { StoreUnavailableError } from '../../../core/errors/index.js';
import { CircuitBreaker, type CircuitBreakerRule } from '../../../resilience/circuit-breaker.js';
import { ReadinessWaiters } from './readiness.js';

export interface HealthOptions {
  readonly clock: Clock;
  readonly rule: CircuitBreakerRule;
  /** Milliseconds between two probes of an idle server; 0: none. */
  readonly checkEveryMs: number;
  /** Sends a probe that no caller waits for; false without a connection. */
  readonly probe: () => boolean;
  /** Whether no call is in flight, whose reply would show the server's health. */
  readonly isIdle: () => boolean;
  readonly onCircuit: (from: CircuitState, to: CircuitState) => void;
}

/**
 * The health of a server: a circuit breaker, and the probes that close it again.
 *
 * A caller's request is never the probe. While the circuit breaker is open, a probe is sent in the
 * background when its pause is over; a new connection is probed at once.
 */
export class Health {
  readonly #options: HealthOptions;
  readonly #breaker: CircuitBreaker;
  readonly #readiness = new ReadinessWaiters();
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

  /** Whether callers wait until the server is ready. */
  get hasWaiters(): boolean {
    return this.#readiness.hasWaiters;
  }

  /** A decision was made. Only a probe closes an open circuit breaker. */
  succeeded(): void {
    if (this.#breaker.isClosed) this.#breaker.succeed();
  }

  /** An operation failed. */
  failed(): void {
    this.#breaker.fail(this.#options.clock.nowMs());
  }

  /** A new connection is up: probes it at once. */
  connected(): void {
    if (!this.#breaker.isClosed) this.#breaker.tryOut();
    this.#options.probe();
    this.#planCheck();
  }

  disconnected(failure: StoreUnavailableError): void {
    this.#cancelCheck();
    this.#readiness.settle(failure);
  }

  probeSucceeded(): void {
    this.#breaker.succeed();
    this.#readiness.settle(null);
  }

  probeFailed(failure: StoreUnavailableError): void {
    this.#breaker.trip(this.#options.clock.nowMs());
    this.#planProbe();
    this.#readiness.settle(failure);
  }

  /** Settles with the next probe or the next failure to connect. */
  ready(): Promise<void> {
    return this.#readiness.next();
  }

  close(failure: StoreUnavailableError): void {
    this.#cancelProbe();
    this.#cancelCheck();
    this.#readiness.settle(failure);
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
