import { algorithmOf } from '../../algorithms/algorithms.js';
import type { UnitRequest, RateAlgorithm } from '../../algorithms/rate-algorithm.js';
import type { LimiterPolicy, RatePolicy } from '../../core/policy.js';
import type { Grant, Verdict } from '../../core/store.js';
import { KeyTable } from './key-table.js';
import type { KeyCapacity } from './capacity.js';
import { UnsureTable } from './unsure-table.js';

/** The position of an identifier without a state. */
const NO_POSITION = -1;

/** The part of a store request that concerns units. */
export interface UnitTableRequest extends UnitRequest {
  readonly identifier: string;
}

/** The units of one limiter, by identifier. */
export interface UnitTable {
  /** Evaluates without taking. */
  evaluate(identifier: string, request: UnitRequest, nowMs: number): Verdict;
  /** Evaluates, and takes when it is allowed. */
  decide(request: UnitTableRequest, nowMs: number): Verdict;
  /** Releases units under the policy by which they were taken. */
  release(grant: Grant, nowMs: number): void;
  forget(identifier: string): void;
  counts(policy: LimiterPolicy): boolean;
  /** Continues with another policy; false when that has another kind of state. */
  adopt(policy: RatePolicy): boolean;
  /** Removes the states from the capacity; the table must not be used afterwards. */
  discard(): void;
}

/** Called when new identifiers share a bucket. */
export type OnOverflow = () => void;

/** Creates a table for the algorithm of a policy. */
export function openUnitTable(
  policy: RatePolicy,
  capacity: KeyCapacity,
  onOverflow: OnOverflow,
): UnitTable {
  return new AlgorithmTable(algorithmOf(policy), policy, capacity, onOverflow);
}

class AlgorithmTable<State, Policy extends RatePolicy> implements UnitTable {
  readonly #algorithm: RateAlgorithm<State, Policy>;
  readonly #keys: KeyTable<State>;
  readonly #capacity: KeyCapacity;
  readonly #onOverflow: OnOverflow;
  readonly #untouched: State;
  readonly #unsure = new UnsureTable();
  #policy: Policy;
  #shared: State;

  constructor(
    algorithm: RateAlgorithm<State, Policy>,
    policy: Policy,
    capacity: KeyCapacity,
    onOverflow: OnOverflow,
  ) {
    this.#algorithm = algorithm;
    this.#policy = policy;
    this.#capacity = capacity;
    this.#onOverflow = onOverflow;
    this.#untouched = algorithm.fresh();
    this.#shared = algorithm.fresh();
    this.#keys = new KeyTable<State>({
      isUntouched: (state, nowMs) => algorithm.isUntouched(state, this.#policy, nowMs),
      isExhausted: (state, nowMs) => algorithm.isExhausted(state, this.#policy, nowMs),
      usedShare: (state, nowMs) => algorithm.usedShare(state, this.#policy, nowMs),
    });
    capacity.share(this.#keys);
  }

  counts(policy: LimiterPolicy): boolean {
    return policy.algorithm === this.#policy.algorithm;
  }

  adopt(policy: RatePolicy): boolean {
    if (policy === this.#policy) return true;
    if (!this.counts(policy)) return false;
    this.#policy = policy as Policy;
    return true;
  }

  discard(): void {
    this.#capacity.leave(this.#keys);
  }

  evaluate(identifier: string, request: UnitRequest, nowMs: number): Verdict {
    const state = this.#stateOf(identifier, nowMs);
    return this.#algorithm.evaluate(state, this.#policy, request, nowMs);
  }

  decide(request: UnitTableRequest, nowMs: number): Verdict {
    const position = this.#keys.find(request.identifier);
    const state = position === NO_POSITION ? undefined : this.#keys.at(position);
    if (state === undefined) return this.#decideNew(request, nowMs);
    const verdict = this.#algorithm.evaluate(state, this.#policy, request, nowMs);
    if (verdict.allowed && request.cost > 0) this.#commit(position, state, request.cost, verdict);
    return verdict;
  }

  release(grant: Grant, nowMs: number): void {
    const position = this.#keys.find(grant.identifier);
    const state = position === NO_POSITION ? undefined : this.#keys.at(position);
    if (state === undefined) {
      if (!this.#capacity.isAvailable(nowMs)) {
        this.#shared = this.#without(this.#shared, grant, nowMs);
      }
      return;
    }
    const { identifier, reservation } = grant;
    if (this.#unsure.has(identifier, reservation)) return;
    const next = this.#without(state, grant, nowMs);
    const unsure = this.#algorithm.unsureAfter(state, next, reservation);
    if (unsure !== null) {
      if (!this.#unsure.hasCapacity(nowMs)) return;
      this.#unsure.add(identifier, unsure);
    }
    if (this.#algorithm.isUntouched(next, this.#policy, nowMs)) {
      this.#keys.remove(position);
      return;
    }
    this.#keys.put(position, next);
    this.#keys.classify(position, this.#algorithm.isExhausted(next, this.#policy, nowMs));
  }

  forget(identifier: string): void {
    this.#unsure.forget(identifier);
    const position = this.#keys.find(identifier);
    if (position !== NO_POSITION) this.#keys.remove(position);
  }

  /** A new identifier gets a state when it takes units; without capacity it uses the shared one. */
  #decideNew(request: UnitTableRequest, nowMs: number): Verdict {
    const { identifier, cost } = request;
    if (cost === 0 || cost > this.#algorithm.capacity(this.#policy)) {
      return this.evaluate(identifier, request, nowMs);
    }
    const hasCapacity = this.#capacity.claim(nowMs);
    const state = hasCapacity ? this.#algorithm.fresh() : this.#shared;
    const verdict = this.#algorithm.evaluate(state, this.#policy, request, nowMs);
    if (!verdict.allowed) return verdict;
    if (hasCapacity) {
      this.#commit(this.#keys.add(identifier, state), state, cost, verdict);
    } else {
      this.#shared = this.#algorithm.commit(state, this.#policy, cost, verdict);
      this.#onOverflow();
    }
    return verdict;
  }

  #stateOf(identifier: string, nowMs: number): State {
    const position = this.#keys.find(identifier);
    const known = position === NO_POSITION ? undefined : this.#keys.at(position);
    return known ?? (this.#capacity.isAvailable(nowMs) ? this.#untouched : this.#shared);
  }

  #commit(position: number, state: State, cost: number, verdict: Verdict): void {
    const next = this.#algorithm.commit(state, this.#policy, cost, verdict);
    if (next !== state) this.#keys.put(position, next);
    this.#keys.classify(position, verdict.remaining === 0);
  }

  #without(state: State, { policy, cost, reservation }: Grant, nowMs: number): State {
    return this.#algorithm.release(state, policy as Policy, cost, reservation, nowMs);
  }
}
