import type { LimiterPolicy, RatePolicy } from '../core/policy.js';
import type { Verdict } from '../core/store.js';

/** A request to an algorithm. */
export interface UnitRequest {
  /** Whole units; 0 is a peek: it evaluates one unit and takes nothing. */
  readonly cost: number;
  /** How far ahead a moment may be reserved, in milliseconds. */
  readonly maxWaitMs: number;
}

/** Reservations that must not be released any more. */
export interface UnsureReservations {
  /** The last reservation before the unsure ones. */
  readonly after: number;
  /** The last reservation that is unsure. */
  readonly upTo: number;
  /** From then on, none of them can be released anyway. */
  readonly untilMs: number;
}

/** Properties of a policy that every algorithm has. */
export interface PolicyTraits<Policy extends LimiterPolicy> {
  /** The most units, or slots, that an untouched identifier can take at once. */
  capacity(policy: Policy): number;
  /** Milliseconds until an exhausted identifier is untouched again. */
  recoveryMs(policy: Policy): number;
}

/**
 * An algorithm that counts units over time: a pure function that reads (`evaluate`), two that write
 * (`commit`, `release`), and three properties of a state that a bounded store requires.
 *
 * The store owns the clock and the state. Functions that write may change the state in place and return
 * the state to keep. Evaluation changes nothing, so several limits can be evaluated first and committed
 * afterwards, all or none.
 */
export interface RateAlgorithm<State, Policy extends RatePolicy> extends PolicyTraits<Policy> {
  /** The state of a new identifier. */
  fresh(): State;
  /** Decides. The verdict of an allowed request describes the state after its commit. */
  evaluate(state: State, policy: Policy, request: UnitRequest, nowMs: number): Verdict;
  /** Takes what an allowed verdict granted. */
  commit(state: State, policy: Policy, cost: number, verdict: Verdict): State;
  /**
   * Returns units: those of one `reservation`, or the newest (null), as far as that cannot exceed the
   * limit. Never returns more than was taken. May change the state in place; returns the state to keep.
   */
  release(
    state: State,
    policy: Policy,
    cost: number,
    reservation: number | null,
    nowMs: number,
  ): State;
  /**
   * The reservations that a release has made unsure: they were made before it, and their units have
   * moved. Null when the release changed no other reservation.
   */
  unsureAfter(before: State, after: State, reservation: number | null): UnsureReservations | null;
  /** True when the state is equivalent to a fresh one. */
  isUntouched(state: State, policy: Policy, nowMs: number): boolean;
  /** True when not even one unit would pass now. */
  isExhausted(state: State, policy: Policy, nowMs: number): boolean;
  /** The used share of the capacity, from 0 (untouched) to 1 (exhausted) and beyond (reserved). */
  usedShare(state: State, policy: Policy, nowMs: number): number;
}
