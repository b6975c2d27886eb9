import { algorithmOf } from '../../algorithms/algorithms.js';
import type { UnitRequest, RateAlgorithm } from '../../algorithms/rate-algorithm.js';
import type { LimiterPolicy, RatePolicy } from '../../core/policy.js';
import type { Grant, Verdict } from '../../core/store.js';
import { KeyTable } from './key-table.js';
import type { KeyCapacity } from './capacity.js';
import { UnsureTable } from './unsure-table.js';

/** The slot of an identifier that has no state yet. */
const NONE = -1;

/** The part of a store request that units are about. */
export interface UnitTableRequest extends UnitRequest {
  readonly identifier: string;
}

/** The units of one limiter, by identifier. */
export interface UnitTable {
  /** Evaluates without taking. */
  evaluate(identifier: string, ask: UnitRequest, nowMs: number): Verdict;
  /** Evaluates, and takes when it is allowed. */
  decide(request: UnitTableRequest, nowMs: number): Verdict;
  /** Returns units under the rule that they were taken by. */
  release(grant: Grant, nowMs: number): void;
  forget(identifier: string): void;
  counts(policy: LimiterPolicy): boolean;
  /** Counts on with another policy; false when that needs another kind of state. */
  adopt(policy: RatePolicy): boolean;
  /** Gives its room back; the table is not used any more. */
  discard(): void;
}

/** What happens in a table that its store wants to know. */
export type OnOverflow = () => void;

/** Opens a table for the algorithm of a policy. */
export function openUnitTable(
  policy: RatePolicy,
  room: KeyCapacity,
  onOverflow: OnOverflow,
): UnitTable {
  return new AlgorithmTable(algorithmOf(policy), policy, room, onOverflow);
}

class AlgorithmTable<State, Policy extends RatePolicy> implements UnitTable {
  readonly #algorithm: RateAlgorithm<State, Policy>;
  readonly #keys: KeyTable<State>;
  readonly #room: KeyCapacity;
  readonly #onOverflow: OnOverflow;
  readonly #untouched: State;
  readonly #unsure = new UnsureTable();
  #policy: Policy;
  #shared: State;

  constructor(
    algorithm: RateAlgorithm<State, Policy>,
    policy: Policy,
    room: KeyCapacity,
    onOverflow: OnOverflow,
  ) {
    this.#algorithm = algorithm;
    this.#policy = policy;
    this.#room = room;
    this.#onOverflow = onOverflow;
    this.#untouched = algorithm.fresh();
    this.#shared = algorithm.fresh();
    this.#keys = new KeyTable<State>({
      isUntouched: (state, nowMs) => algorithm.isUntouched(state, this.#policy, nowMs),
      isExhausted: (state, nowMs) => algorithm.isExhausted(state, this.#policy, nowMs),
      usedShare: (state, nowMs) => algorithm.usedShare(state, this.#policy, nowMs),
    });
    room.share(this.#keys);
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
    this.#room.leave(this.#keys);
  }

  evaluate(identifier: string, ask: UnitRequest, nowMs: number): Verdict {
    const state = this.#stateOf(identifier, nowMs);
    return this.#algorithm.evaluate(state, this.#policy, ask, nowMs);
  }

  decide(request: UnitTableRequest, nowMs: number): Verdict {
    const slot = this.#keys.find(request.identifier);
    const state = slot === NONE ? undefined : this.#keys.at(slot);
    if (state === undefined) return this.#decideNewcomer(request, nowMs);
    const verdict = this.#algorithm.evaluate(state, this.#policy, request, nowMs);
    if (verdict.allowed && request.cost > 0) this.#keep(slot, state, request.cost, verdict);
    return verdict;
  }

  release(grant: Grant, nowMs: number): void {
    const slot = this.#keys.find(grant.identifier);
    const state = slot === NONE ? undefined : this.#keys.at(slot);
    if (state === undefined) {
      if (!this.#room.hasRoom(nowMs)) this.#shared = this.#less(this.#shared, grant, nowMs);
      return;
    }
    const { identifier, reservation } = grant;
    if (this.#unsure.has(identifier, reservation)) return;
    const next = this.#less(state, grant, nowMs);
    const unsure = this.#algorithm.unsureAfter(state, next, reservation);
    if (unsure !== null) {
      if (!this.#unsure.hasRoom(nowMs)) return;
      this.#unsure.note(identifier, unsure);
    }
    if (this.#algorithm.isUntouched(next, this.#policy, nowMs)) {
      this.#keys.remove(slot);
      return;
    }
    this.#keys.put(slot, next);
    this.#keys.classify(slot, this.#algorithm.isExhausted(next, this.#policy, nowMs));
  }

  forget(identifier: string): void {
    this.#unsure.forget(identifier);
    const slot = this.#keys.find(identifier);
    if (slot !== NONE) this.#keys.remove(slot);
  }

  /** A newcomer gets a state when it takes something, and counts with all others without room. */
  #decideNewcomer(request: UnitTableRequest, nowMs: number): Verdict {
    const { identifier, cost } = request;
    if (cost === 0 || cost > this.#algorithm.capacity(this.#policy)) {
      return this.evaluate(identifier, request, nowMs);
    }
    const hasRoom = this.#room.claim(nowMs);
    const state = hasRoom ? this.#algorithm.fresh() : this.#shared;
    const verdict = this.#algorithm.evaluate(state, this.#policy, request, nowMs);
    if (!verdict.allowed) return verdict;
    if (hasRoom) {
      this.#keep(this.#keys.add(identifier, state), state, cost, verdict);
    } else {
      this.#shared = this.#algorithm.commit(state, this.#policy, cost, verdict);
      this.#onOverflow();
    }
    return verdict;
  }

  #stateOf(identifier: string, nowMs: number): State {
    const slot = this.#keys.find(identifier);
    const known = slot === NONE ? undefined : this.#keys.at(slot);
    return known ?? (this.#room.hasRoom(nowMs) ? this.#untouched : this.#shared);
  }

  #keep(slot: number, state: State, cost: number, verdict: Verdict): void {
    const next = this.#algorithm.commit(state, this.#policy, cost, verdict);
    if (next !== state) this.#keys.put(slot, next);
    this.#keys.classify(slot, verdict.remaining === 0);
  }

  #less(state: State, { policy, cost, reservation }: Grant, nowMs: number): State {
    return this.#algorithm.release(state, policy as Policy, cost, reservation, nowMs);
  }
}
