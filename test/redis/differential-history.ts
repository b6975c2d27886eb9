import type { LimiterPolicy } from '../../src/core/policy.js';
import { capacityOf, recoveryMsOf } from '../../src/algorithms/algorithms.js';
import type { BatchMode, Grant, StoreRequest, Verdict } from '../../src/core/store.js';
import { IDENTIFIERS, type TwinHistory, type TwinStep, type Wish } from './differential-steps.js';
import type { TwinStores } from './differential-stores.js';

type StepOf<Kind extends TwinStep['kind']> = Extract<TwinStep, { kind: Kind }>;

/** Runs a history on two stores and compares every verdict and, at its end, the remaining state. */
export async function follow(twins: TwinStores, history: TwinHistory): Promise<void> {
  const follower = new Follower(twins, history.policies);
  for (const step of history.steps) await follower.follow(step);
  follower.lookAtAll();
  await twins.agreed();
}

class Follower {
  readonly #twins: TwinStores;
  readonly #name: string;
  readonly #policies: LimiterPolicy[];
  readonly #grants: Grant[] = [];
  #last: Verdict | undefined;

  constructor(twins: TwinStores, policies: readonly LimiterPolicy[]) {
    this.#twins = twins;
    this.#name = twins.begin();
    this.#policies = [...policies];
  }

  async follow(step: TwinStep): Promise<void> {
    switch (step.kind) {
      case 'wait':
        return this.#twins.advance(this.#timeOf(step));
      case 'ask':
        this.#ask(
          step.wishes.map((wish) => this.#requestOf(wish)),
          step.mode,
        );
        return;
      case 'return':
        this.#twins.release(this.#grantsOf(step));
        return;
      case 'refund':
        this.#twins.release([{ ...this.#requestOf(step.wish), reservation: null, leaseId: null }]);
        return;
      case 'release':
        this.#twins.release([{ ...this.#requestOf(step.wish), reservation: null, cost: 0 }]);
        return;
      case 'renew':
        this.#renew(step.wish);
        return;
      case 'keep':
        this.#twins.keepPlaces(
          {
            ...this.#requestOf(step.wish),
            owner: 'o',
            leaseIds: step.leases,
            since: step.since.slice(0, step.leases.length),
          },
          step.wish.places,
        );
        return;
      case 'leave':
        this.#twins.leavePlaces({
          ...this.#requestOf(step.wish),
          owner: 'o',
          leaseIds: step.leases,
        });
        return;
      case 'reset':
        this.#twins.reset(this.#requestOf(step.wish));
        return;
      case 'change':
        this.#policies[step.limiter] = changed(this.#policyOf(step.limiter), step.policy);
    }
  }

  lookAtAll(): void {
    const looks = this.#policies.flatMap((_, limiter) =>
      IDENTIFIERS.map((identifier) =>
        this.#requestOf({
          limiter,
          identifier,
          size: null,
          patience: 0,
          lease: null,
          places: 0,
          since: 0,
        }),
      ),
    );
    for (const look of looks) this.#twins.decide([look], 'all');
  }

  #ask(batch: readonly StoreRequest[], mode: BatchMode): void {
    const verdicts = this.#twins.decide(batch, mode);
    this.#last = verdicts.at(-1) ?? this.#last;
    if (mode === 'all' && !verdicts.every(({ allowed }) => allowed)) return;
    const granted = verdicts.flatMap(({ allowed, reservation }, index) =>
      allowed ? [{ ...batch[index]!, reservation }] : [],
    );
    this.#grants.push(...(mode === 'any' ? granted.slice(0, 1) : granted));
  }

  #renew(wish: Wish): void {
    const { limiterId, identifier, policy, leaseId } = this.#requestOf(wish);
    if (leaseId === null || policy.concurrency === undefined) return;
    const { leaseMs } = policy.concurrency;
    this.#twins.renew({ limiterId, identifier, leaseId, leaseMs });
  }

  /** Grants, whole or not and perhaps for the second time, under the rule of their time. */
  #grantsOf({ age, count, share }: StepOf<'return'>): readonly Grant[] {
    const newest = this.#grants.length - age;
    return this.#grants.slice(Math.max(0, newest - count), Math.max(0, newest)).map((grant) => ({
      ...grant,
      cost: Math.ceil((grant.cost * share) / 100),
    }));
  }

  #requestOf({ limiter, identifier, size, patience, lease, places, since }: Wish): StoreRequest {
    const policy = this.#policyOf(limiter);
    return {
      limiterId: `${this.#name}-${String(limiter)}`,
      identifier,
      policy,
      cost: size === null ? 0 : 1 + Math.floor((size / 100) * (capacityOf(policy) - 1) + 1e-9),
      maxWaitMs: patience === null ? this.#promised('retryAfterMs') : share(policy, patience),
      leaseId: lease,
      mostPlaces: places,
      waitsSince: since,
    };
  }

  #timeOf({ until, size, offMs }: StepOf<'wait'>): number {
    const policy = this.#policyOf(0);
    if (until === 'pace') return share(policy, size);
    const boundaryMs = until === 'window' ? periodMs(policy) : this.#promised(until);
    return Math.max(0, boundaryMs + offMs);
  }

  #promised(time: 'retryAfterMs' | 'moreAfterMs' | 'resetAfterMs'): number {
    const promisedMs = this.#last?.[time] ?? 0;
    return Number.isFinite(promisedMs) ? promisedMs : 0;
  }

  #policyOf(limiter: number): LimiterPolicy {
    return this.#policies[limiter]!;
  }
}

/** So many hundredths of the time after which an exhausted identifier has about one unit again. */
function share(policy: LimiterPolicy, hundredths: number): number {
  return Math.round(((hundredths / 100) * periodMs(policy)) / capacityOf(policy));
}

/** The time after which an exhausted identifier is untouched again, in whole milliseconds. */
function periodMs(policy: LimiterPolicy): number {
  return Math.ceil(recoveryMsOf(policy));
}

/** Other limits for the same algorithm. A window never grows: what it let go by then is gone. */
function changed(from: LimiterPolicy, to: LimiterPolicy): LimiterPolicy {
  if (from.algorithm !== to.algorithm) return from;
  if (from.algorithm !== 'sliding_window' || to.algorithm !== 'sliding_window') return to;
  return { ...to, windowMs: Math.min(from.windowMs, to.windowMs) };
}
