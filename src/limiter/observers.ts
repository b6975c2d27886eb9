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

/** What is known of an answered call. */
export interface AnsweredCall {
  readonly answers: readonly Answer[];
  readonly allowed: boolean;
  readonly identifiers: readonly string[];
  readonly endpoint: string | null;
  readonly durationMs: number;
  readonly waitedMs: number | null;
}

/** Passes events on to observers. What an observer throws is dropped: it must not fail a request. */
export class Observers {
  readonly #observers: Set<DecisionObserver>;
  #wantsAll = false;
  #wantsRefusals = false;

  constructor(observers: readonly DecisionObserver[]) {
    this.#observers = new Set(observers);
    this.#note();
  }

  /** Tells another observer from now on. Gives what ends that. */
  add(observer: DecisionObserver): () => void {
    this.#observers.add(observer);
    this.#note();
    return () => {
      this.#observers.delete(observer);
      this.#note();
    };
  }

  /** Whether anybody listens to decisions; if not, nothing is measured for them. */
  get hasObservers(): boolean {
    return this.#wantsAll || this.#wantsRefusals;
  }

  /** Whether anybody wants to hear of a call with these answers. */
  wants(answers: readonly Answer[]): boolean {
    return this.#wantsAll || (this.#wantsRefusals && answers.some(isRefused));
  }

  decision(call: AnsweredCall): void {
    const event = new HashingEvent(call);
    this.#notify((observer) => observer.onDecision?.(event));
    if (call.answers.some(isRefused)) this.#notify((observer) => observer.onDenied?.(event));
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

  #note(): void {
    const observers = [...this.#observers];
    this.#wantsAll = observers.some((observer) => observer.onDecision !== undefined);
    this.#wantsRefusals = observers.some((observer) => observer.onDenied !== undefined);
  }

  #notify(tell: (observer: DecisionObserver) => unknown): void {
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

function isRefused({ decision }: Answer): boolean {
  return !decision.allowed || decision.degraded;
}

/**
 * A decision event that hashes identifiers only for observers that read them, and once for all of
 * them: an observer may read both lists for each of thousands of decisions.
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
