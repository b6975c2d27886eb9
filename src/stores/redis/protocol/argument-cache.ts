import type { LimiterPolicy } from '../../../core/policy.js';
import type { StoreRequest } from '../../../core/store.js';

/** The fields of a question, which are the same for all callers that ask the same of it. */
export interface EncodedArguments {
  readonly fields: string;
  /** Integers by which the script answers. */
  readonly integers: number;
  readonly work: number;
}

/** One step on the way to a shape: the policies of the requests so far. */
interface Step {
  shape: EncodedArguments | null;
  readonly next: WeakMap<LimiterPolicy, Step>;
}

/**
 * Remembers the shapes of the questions that come most often: one unit each, now, without slots.
 * Groups of one shape travel as one run, and its fields are written down once.
 */
export class EncodedArgumentCache {
  readonly #root: Step = { shape: null, next: new WeakMap() };

  /** The shape of these requests; made anew when it is not a common one. */
  of(requests: readonly StoreRequest[], make: () => EncodedArguments): EncodedArguments {
    let step = this.#root;
    for (const request of requests) {
      if (!isCommon(request)) return make();
      let next = step.next.get(request.policy);
      if (next === undefined) {
        next = { shape: null, next: new WeakMap() };
        step.next.set(request.policy, next);
      }
      step = next;
    }
    step.shape ??= make();
    return step.shape;
  }
}

function isCommon({ cost, maxWaitMs, leaseId, policy }: StoreRequest): boolean {
  return cost === 1 && maxWaitMs === 0 && leaseId === null && policy.algorithm !== 'concurrency';
}
