import { checkObject } from '../core/checked-values.js';
import type { Decision } from '../core/decision.js';
import type { LimitRequest } from './composite.js';
import type { CostOptions } from './limiter.js';

/**
 * Collects independent calls and makes them together: one round trip per store.
 *
 * `consume` notes a call and checks nothing yet; `execute` makes all noted calls, answers in their
 * order and leaves the pipeline empty. Rejects with `LimiterNotFoundError`, `InvalidCostError` or
 * `InvalidIdentifierError` before anything is taken.
 */
export class LimiterPipeline {
  readonly #execute: (requests: readonly LimitRequest[]) => Promise<readonly Decision[]>;
  #requests: LimitRequest[] = [];

  /** @internal */
  constructor(execute: (requests: readonly LimitRequest[]) => Promise<readonly Decision[]>) {
    this.#execute = execute;
  }

  /** Notes one call. Throws `InvalidUsageError` for options that are no object. */
  consume(limiter: string, identifier?: string, options: CostOptions = {}): this {
    checkObject('the options of consume', options);
    this.#requests.push({ limiter, identifier, cost: options.cost });
    return this;
  }

  /** Makes all noted calls; one decision each, in their order. */
  async execute(): Promise<readonly Decision[]> {
    const requests = this.#requests;
    this.#requests = [];
    return requests.length === 0 ? [] : await this.#execute(requests);
  }
}
