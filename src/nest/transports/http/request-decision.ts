import type { CompositeDecision, Decision } from '../../../core/decision.js';
import { hangUpSignalOf } from './disconnect-signal.js';
import type { AdaptedRequest, AdaptedResponse } from './response-end.js';

/** What the guard decided about an HTTP request. */
export interface RequestDecision extends CompositeDecision {
  /** Aborts when the client hangs up before its answer was sent. */
  readonly signal: AbortSignal;
}

/** A decision with its request, which it needs only when somebody wants the signal. */
export class DecisionOnRequest implements RequestDecision {
  readonly allowed: boolean;
  readonly decisions: readonly Decision[];
  readonly binding: Decision;
  readonly deniedBy: string | null;
  readonly #request: AdaptedRequest;
  readonly #response: AdaptedResponse;

  constructor(decision: CompositeDecision, request: AdaptedRequest, response: AdaptedResponse) {
    this.allowed = decision.allowed;
    this.decisions = decision.decisions;
    this.binding = decision.binding;
    this.deniedBy = decision.deniedBy;
    this.#request = request;
    this.#response = response;
  }

  get signal(): AbortSignal {
    return hangUpSignalOf(this.#request, this.#response);
  }
}
