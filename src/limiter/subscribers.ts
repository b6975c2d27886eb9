import type { CompositeDecision } from '../core/decision.js';
import type {
  CircuitEvent,
  DecisionEvent,
  DecisionObserver,
  DegradedEvent,
  OverflowEvent,
} from '../core/events.js';
import { hashIdentifier } from '../core/identifier.js';
import { isPromise } from '../core/maybe-promise.js';

/** What is known of an answered call. */
export interface AnsweredCall {
  readonly decisions: CompositeDecision['decisions'];
  readonly allowed: boolean;
  readonly identifiers: readonly string[];
  readonly endpoint: string | null;
  readonly durationMs: number;
}

/** Passes events on to observers. What an observer throws is dropped: it must not fail a request. */
export class Subscribers {
  readonly #observers: readonly DecisionObserver[];
  /** Whether anybody listens to decisions; if not, nothing is measured for them. */
  readonly wantDecisions: boolean;

  constructor(observers: readonly DecisionObserver[]) {
    this.#observers = observers;
    this.wantDecisions = observers.some((observer) => observer.onDecision !== undefined);
  }

  decision(call: AnsweredCall): void {
    const event = new HashingEvent(call);
    this.#tell((observer) => observer.onDecision?.(event));
  }

  degraded(event: DegradedEvent): void {
    this.#tell((observer) => observer.onDegraded?.(event));
  }

  circuit(event: CircuitEvent): void {
    this.#tell((observer) => observer.onCircuit?.(event));
  }

  overflow(event: OverflowEvent): void {
    this.#tell((observer) => observer.onOverflow?.(event));
  }

  #tell(tell: (observer: DecisionObserver) => unknown): void {
    for (const observer of this.#observers) {
      try {
        const told = tell(observer);
        if (isPromise(told)) told.catch(() => undefined);
      } catch {
        // An observer's fault is its own.
      }
    }
  }
}

/** A decision event that hashes identifiers only for observers who read them. */
class HashingEvent implements DecisionEvent {
  readonly decisions: CompositeDecision['decisions'];
  readonly allowed: boolean;
  readonly endpoint: string | null;
  readonly durationMs: number;
  readonly #identifiers: readonly string[];

  constructor({ decisions, allowed, identifiers, endpoint, durationMs }: AnsweredCall) {
    this.decisions = decisions;
    this.allowed = allowed;
    this.#identifiers = identifiers;
    this.endpoint = endpoint;
    this.durationMs = durationMs;
  }

  get identifiers(): readonly string[] {
    return this.#identifiers.map((identifier) => hashIdentifier(identifier));
  }
}
