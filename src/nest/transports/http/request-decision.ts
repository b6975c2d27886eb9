import type { CompositeDecision, Decision } from '../../../core/decision.js';
import { disconnectSignalOf } from './disconnect-signal.js';
import type { AdaptedRequest, AdaptedResponse } from './response-end.js';

/** The guard's decision about an HTTP request. */
export interface RequestDecision extends CompositeDecision {
  /** Aborts when the client disconnects before the response was sent. */
  readonly signal: AbortSignal;
}

/** A request that passed through the guard. */
export interface RateLimitedRequest {
  /** The guard's decision; undefined on a route without limits. */
  rateLimit?: RequestDecision | undefined;
}

/** A decision with its request, from which the signal is made on first use. */
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
    return disconnectSignalOf(this.#request, this.#response);
  }
}
