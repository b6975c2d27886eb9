import { checkObject } from '../core/checked-values.js';
import type { CompositeDecision } from '../core/decision.js';
import { LimiterNotFoundError } from '../core/errors/index.js';
import type { MaybePromise } from '../core/maybe-promise.js';
import type { IdentifierSourceText } from '../identifiers/identifier-source.js';
import type { Answer } from './answer.js';
import type { LimiterRequest } from './batch.js';
import { checkedComposite, compose, mergeRequests, NO_OPTIONS } from './composite.js';
import type { ConsumeAllOptions, LimitRequest } from './composite.js';
import type { Decider } from './decider.js';
import type { Lease, Limiter } from './limiter.js';
import { LimiterPipeline } from './pipeline.js';
import type { StoreLimiter } from './store-limiter.js';

/** A limiter, and the identifier sources in its configuration. */
export interface RegisteredLimiter {
  readonly limiter: StoreLimiter;
  readonly identifyBy: readonly IdentifierSourceText[];
}

/** One limit of a guarded call. */
export interface AdmissionRequest {
  readonly limiter: StoreLimiter;
  readonly identifier: string;
  readonly cost: number;
}

/** The decision about a guarded call, the answers behind it, and the slots that the call holds. */
export interface Admission {
  readonly decision: CompositeDecision;
  readonly answers: readonly Answer[];
  readonly leases: readonly Lease[];
}

/** The limiters of an application by id, and the calls that concern several of them. */
export class LimiterSet {
  readonly #limiters: ReadonlyMap<string, RegisteredLimiter>;
  readonly #decider: Decider;

  constructor(limiters: ReadonlyMap<string, RegisteredLimiter>, decider: Decider) {
    this.#limiters = limiters;
    this.#decider = decider;
  }

  /** The limiter with this id. Throws `LimiterNotFoundError`, which suggests the nearest name. */
  get(limiterId: string): Limiter {
    return this.find(limiterId).limiter;
  }

  /** Like `get`, with the identifier sources of the limiter. */
  find(limiterId: string): RegisteredLimiter {
    const found = this.#limiters.get(limiterId);
    if (found !== undefined) return found;
    throw new LimiterNotFoundError(limiterId, [...this.#limiters.keys()]);
  }

  has(limiterId: string): boolean {
    return this.#limiters.has(limiterId);
  }

  /** In the order of the configuration. */
  [Symbol.iterator](): Iterator<RegisteredLimiter> {
    return this.#limiters.values();
  }

  /**
   * Decides several limits together: one round trip per store, and a denied call takes nothing. Requests
   * with the same limiter and identifier are merged, with the sum of their costs.
   */
  async consumeAll(
    requests: readonly LimitRequest[],
    options: ConsumeAllOptions = NO_OPTIONS,
  ): Promise<CompositeDecision> {
    const { strategy = 'all' } = checkedComposite(requests, options);
    const merged = mergeRequests(this.#requestsOf(requests));
    return await this.#decider.many(merged.requests, strategy, null, (answers) => {
      const decisions = merged.positions.flatMap((position) => answers[position]?.decision ?? []);
      return compose(decisions, strategy);
    });
  }

  /** Collects independent calls that are sent together. */
  pipeline(): LimiterPipeline {
    return new LimiterPipeline(async (requests) =>
      this.#decider.many(this.#requestsOf(requests), 'each', null, (answers) =>
        answers.map(({ decision }) => decision),
      ),
    );
  }

  /**
   * Decides a guarded call with all its limits, including slots. Returns synchronously when the store
   * does. No two requests may have the same limiter and identifier.
   */
  admit(requests: readonly AdmissionRequest[], endpoint: () => string): MaybePromise<Admission> {
    const sent = requests.map(({ limiter, identifier, cost }) =>
      limiter.request(identifier, { cost, takesSlot: true }),
    );
    return this.#decider.many(sent, 'all', endpoint, (answers) => {
      const decision = compose(
        answers.map((answer) => answer.decision),
        'all',
      );
      const leases = decision.allowed ? leasesOf(requests, sent, answers) : [];
      return { decision, answers, leases };
    });
  }

  /** Rejects every waiting `acquire` with `ClosedError`, and releases what was reserved for it. */
  async close(): Promise<void> {
    await Promise.all([...this].map(({ limiter }) => limiter.queue.close()));
  }

  #requestsOf(requests: readonly LimitRequest[]): LimiterRequest[] {
    return requests.map((request) => {
      checkObject('a request of a composite', request);
      const { limiter, identifier = '', cost = 1 } = request;
      return this.find(limiter).limiter.request(identifier, { cost, takesSlot: false });
    });
  }
}

/** The leases of an allowed call: one for each limiter with slots. */
function leasesOf(
  requests: readonly AdmissionRequest[],
  sent: readonly LimiterRequest[],
  answers: readonly Answer[],
): readonly Lease[] {
  const leases: Lease[] = [];
  requests.forEach(({ limiter }, index) => {
    const request = sent[index];
    const answer = answers[index];
    if (request === undefined || answer === undefined || request.request.leaseId === null) return;
    leases.push(limiter.queue.lease(request, answer, 0));
  });
  return leases;
}
