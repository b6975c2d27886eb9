import { checkObject } from '../core/checked-values.js';
import type { Decision } from '../core/decision.js';
import type { LimitRequest } from './composite.js';
import type { CostOptions } from './limiter.js';

/**
 * Collects independent calls and sends them together: one round trip per store.
 *
 * `consume` adds a call without checking it; `execute` sends all added calls, returns the decisions in
 * their order and empties the pipeline. It rejects with `LimiterNotFoundError`, `InvalidCostError` or
 * `InvalidIdentifierError` before anything is taken.
 */
export class LimiterPipeline {
  readonly #execute: (requests: readonly LimitRequest[]) => Promise<readonly Decision[]>;
  #requests: LimitRequest[] = [];

  /** @internal */
  constructor(execute: (requests: readonly LimitRequest[]) => Promise<readonly Decision[]>) {
    this.#execute = execute;
  }

  /** Adds a call. Throws `InvalidUsageError` for options that are not an object. */
  consume(limiter: string, identifier?: string, options: CostOptions = {}): this {
    checkObject('the options of consume', options);
    this.#requests.push({ limiter, identifier, cost: options.cost });
    return this;
  }

  /** Sends all added calls; returns one decision each, in their order. */
  async execute(): Promise<readonly Decision[]> {
    const requests = this.#requests;
    this.#requests = [];
    return requests.length === 0 ? [] : await this.#execute(requests);
  }
}
