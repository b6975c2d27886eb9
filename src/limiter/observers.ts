import type { Decision } from '../core/decision.js';
import type {
  CircuitEvent,
  DecisionEvent,
  DecisionFailure,
  DecisionObserver,
  DegradedEvent,
  OverflowEvent,
} from '../core/events.js';
import { hashIdentifier } from '../identifiers/identifier.js';
import { isPromise } from '../core/maybe-promise.js';
import type { Answer } from './answer.js';

/** A decided call. */
export interface AnsweredCall {
  readonly answers: readonly Answer[];
  readonly allowed: boolean;
  readonly identifiers: readonly string[];
  readonly endpoint: string | null;
  readonly durationMs: number;
  readonly waitedMs: number | null;
}

/** Notifies observers of events. Errors of observers are ignored: they must not fail a request. */
export class Observers {
  readonly #observers: Set<DecisionObserver>;
  #wantsAll = false;
  #wantsDenials = false;

  constructor(observers: readonly DecisionObserver[]) {
    this.#observers = new Set(observers);
    this.#refresh();
  }

  /** Adds an observer. Returns an unsubscribe function. */
  add(observer: DecisionObserver): () => void {
    this.#observers.add(observer);
    this.#refresh();
    return () => {
      this.#observers.delete(observer);
      this.#refresh();
    };
  }

  /** Whether any observer listens to decisions; without one, nothing is measured. */
  get hasObservers(): boolean {
    return this.#wantsAll || this.#wantsDenials;
  }

  /** Whether any observer listens to calls with these answers. */
  wants(answers: readonly Answer[]): boolean {
    return this.#wantsAll || (this.#wantsDenials && answers.some(isDeniedOrDegraded));
  }

  decision(call: AnsweredCall): void {
    const event = new HashingEvent(call);
    this.#notify((observer) => observer.onDecision?.(event));
    if (call.answers.some(isDeniedOrDegraded))
      this.#notify((observer) => observer.onDenied?.(event));
  }

  degraded(event: DegradedEvent): void {
    this.#notify((observer) => observer.onDegraded?.(event));
  }

  circuit(event: CircuitEvent): void {
    this.#notify((observer) => observer.onCircuit?.(event));
  }

  overflow(event: OverflowEvent): void {
    this.#notify((observer) => observer.onOverflow?.(event));
  }

  #refresh(): void {
    const observers = [...this.#observers];
    this.#wantsAll = observers.some((observer) => observer.onDecision !== undefined);
    this.#wantsDenials = observers.some((observer) => observer.onDenied !== undefined);
  }

  #notify(call: (observer: DecisionObserver) => unknown): void {
    for (const observer of this.#observers) {
      try {
        const result = call(observer);
        if (isPromise(result)) result.catch(() => undefined);
      } catch {
        // An observer must not fail a request.
      }
    }
  }
}

function isDeniedOrDegraded({ decision }: Answer): boolean {
  return !decision.allowed || decision.degraded;
}

/**
 * A decision event that hashes identifiers only when an observer reads them, and once for all
 * observers: one may read both lists for each of thousands of decisions.
 */
class HashingEvent implements DecisionEvent {
  readonly decisions: readonly Decision[];
  readonly allowed: boolean;
  readonly endpoint: string | null;
  readonly durationMs: number;
  readonly waitedMs: number | null;
  readonly #call: AnsweredCall;
  #identifiers: readonly string[] | null = null;
  #failures: readonly (DecisionFailure | null)[] | null = null;

  constructor(call: AnsweredCall) {
    this.decisions = call.answers.map(({ decision }) => decision);
    this.allowed = call.allowed;
    this.endpoint = call.endpoint;
    this.durationMs = call.durationMs;
    this.waitedMs = call.waitedMs;
    this.#call = call;
  }

  get identifiers(): readonly string[] {
    this.#identifiers ??= this.#call.identifiers.map((identifier) => hashIdentifier(identifier));
    return this.#identifiers;
  }

  get failures(): readonly (DecisionFailure | null)[] {
    this.#failures ??= this.#call.answers.map(({ failure }) =>
      failure === null
        ? null
        : { storeId: failure.storeId, kind: failure.kind, failureCode: failure.failureCode },
    );
    return this.#failures;
  }
}
