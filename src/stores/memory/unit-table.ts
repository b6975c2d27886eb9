import { gcra } from '../../algorithms/gcra.js';
import type { Ask, RateAlgorithm } from '../../algorithms/rate-algorithm.js';
import { slidingWindow } from '../../algorithms/sliding-window.js';
import type { RatePolicy } from '../../core/policy.js';
import type { Verdict } from '../../core/store.js';
import { KeyTable } from './key-table.js';
import type { Room } from './room.js';

/** No state yet: the identifier counts as untouched. */
const NONE = -1;
/** No room for a state: the identifier counts with all others that have none. */
const SHARED = -2;

/** The part of a store request that units are about. */
export interface UnitRequest extends Ask {
  readonly identifier: string;
}

/** The units of one limiter, by identifier. */
export interface UnitTable {
  /** Evaluates without taking. */
  evaluate(identifier: string, ask: Ask, nowMs: number): Verdict;
  /** Takes what a verdict of the same moment granted. */
  commit(identifier: string, cost: number, verdict: Verdict, nowMs: number): void;
  /** Evaluates, and takes when it is allowed. */
  decide(request: UnitRequest, nowMs: number): Verdict;
  giveBack(identifier: string, cost: number, booking: number | null, nowMs: number): void;
  forget(identifier: string): void;
  /** Counts on with another policy; false when that needs another kind of state. */
  adopt(policy: RatePolicy): boolean;
  /** Gives its room back; the table is not used any more. */
  discard(): void;
}

/** What happens in a table that its store wants to know. */
export type OnOverflow = () => void;

/** Opens a table for the algorithm of a policy. */
export function openUnitTable(policy: RatePolicy, room: Room, onOverflow: OnOverflow): UnitTable {
  switch (policy.algorithm) {
    case 'token_bucket':
      return new AlgorithmTable(gcra, policy, room, onOverflow);
    case 'sliding_window':
      return new AlgorithmTable(slidingWindow, policy, room, onOverflow);
  }
}

class AlgorithmTable<State, Policy extends RatePolicy> implements UnitTable {
  readonly #algorithm: RateAlgorithm<State, Policy>;
  readonly #keys: KeyTable<State>;
  readonly #room: Room;
  readonly #onOverflow: OnOverflow;
  readonly #untouched: State;
  #policy: Policy;
  #shared: State;

  constructor(
    algorithm: RateAlgorithm<State, Policy>,
    policy: Policy,
    room: Room,
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

  adopt(policy: RatePolicy): boolean {
    if (policy === this.#policy) return true;
    if (policy.algorithm !== this.#policy.algorithm) return false;
    this.#policy = policy as Policy;
    return true;
  }

  discard(): void {
    this.#room.leave(this.#keys);
  }

  evaluate(identifier: string, ask: Ask, nowMs: number): Verdict {
    const state = this.#stateAt(this.#locate(identifier, nowMs));
    return this.#algorithm.evaluate(state, this.#policy, ask, nowMs);
  }

  commit(identifier: string, cost: number, verdict: Verdict, nowMs: number): void {
    this.#take(this.#locate(identifier, nowMs), identifier, cost, verdict, nowMs);
  }

  decide(request: UnitRequest, nowMs: number): Verdict {
    const slot = this.#keys.find(request.identifier);
    const state = slot === NONE ? undefined : this.#keys.at(slot);
    if (state === undefined) return this.#decideNewcomer(request, nowMs);
    const verdict = this.#algorithm.evaluate(state, this.#policy, request, nowMs);
    if (verdict.allowed && request.cost > 0) this.#keep(slot, state, request.cost, verdict);
    return verdict;
  }

  #decideNewcomer(request: UnitRequest, nowMs: number): Verdict {
    const verdict = this.evaluate(request.identifier, request, nowMs);
    if (verdict.allowed && request.cost > 0) {
      this.commit(request.identifier, request.cost, verdict, nowMs);
    }
    return verdict;
  }

  giveBack(identifier: string, cost: number, booking: number | null, nowMs: number): void {
    const slot = this.#locate(identifier, nowMs);
    if (slot === NONE) return;
    const state = this.#stateAt(slot);
    const next = this.#algorithm.giveBack(state, this.#policy, cost, booking, nowMs);
    if (slot === SHARED) this.#shared = next;
    else if (this.#algorithm.isUntouched(next, this.#policy, nowMs)) this.#keys.remove(slot);
    else this.#write(slot, next, nowMs);
  }

  forget(identifier: string): void {
    const slot = this.#keys.find(identifier);
    if (slot !== NONE) this.#keys.remove(slot);
  }

  #locate(identifier: string, nowMs: number): number {
    const slot = this.#keys.find(identifier);
    if (slot !== NONE || this.#room.isAvailable(nowMs)) return slot;
    return SHARED;
  }

  #stateAt(slot: number): State {
    if (slot === SHARED) return this.#shared;
    return (slot === NONE ? undefined : this.#keys.at(slot)) ?? this.#untouched;
  }

  #take(slot: number, identifier: string, cost: number, verdict: Verdict, nowMs: number): void {
    if (slot === SHARED) {
      this.#shared = this.#algorithm.commit(this.#shared, this.#policy, cost, verdict);
      this.#onOverflow();
      return;
    }
    const state = slot === NONE ? undefined : this.#keys.at(slot);
    if (slot !== NONE && state !== undefined) {
      this.#keep(slot, state, cost, verdict);
      return;
    }
    this.#room.claim(nowMs);
    const fresh = this.#algorithm.fresh();
    this.#keep(this.#keys.add(identifier, fresh), fresh, cost, verdict);
  }

  #keep(slot: number, state: State, cost: number, verdict: Verdict): void {
    const next = this.#algorithm.commit(state, this.#policy, cost, verdict);
    if (next !== state) this.#keys.put(slot, next);
    this.#keys.classify(slot, verdict.remaining === 0);
  }

  #write(slot: number, state: State, nowMs: number): void {
    this.#keys.put(slot, state);
    this.#keys.classify(slot, this.#algorithm.isExhausted(state, this.#policy, nowMs));
  }
}
