import type { LimiterPolicy, RatePolicy } from '../core/policy.js';
import type { Verdict } from '../core/store.js';

/** One question to an algorithm. */
export interface UnitRequest {
  /** Whole units; 0 asks whether one unit would pass and takes nothing. */
  readonly cost: number;
  /** How far ahead a moment may be reserved. */
  readonly maxWaitMs: number;
}

/** Reservations that must not be returned any more. */
export interface UnsureReservations {
  /** The last reservation that is still sure. */
  readonly after: number;
  /** The last reservation that is unsure. */
  readonly upTo: number;
  /** When none of them can be returned anyway. */
  readonly untilMs: number;
}

/** What the numbers of a policy mean, whatever its algorithm. */
export interface PolicyTraits<Policy extends LimiterPolicy> {
  /** The most units, or slots, that an untouched identifier can take at once. */
  capacity(policy: Policy): number;
  /** Milliseconds in which an exhausted identifier is untouched again. */
  recoveryMs(policy: Policy): number;
}

/**
 * A way to count units over time: a pure function that reads (`evaluate`), two that
 * write (`commit`, `release`), and three questions that a bounded store asks about a state.
 *
 * The store owns the clock and the state. Those that write may change the state that they are
 * given and return the state to keep. Evaluating changes nothing, so that several limits can be evaluated
 * first and taken, all or none, afterwards.
 */
export interface RateAlgorithm<State, Policy extends RatePolicy> extends PolicyTraits<Policy> {
  /** The state of an identifier that never called. */
  fresh(): State;
  /** Decides. The verdict describes the identifier as it is after a commit, if it was allowed. */
  evaluate(state: State, policy: Policy, ask: UnitRequest, nowMs: number): Verdict;
  /** Takes what an allowed verdict granted. */
  commit(state: State, policy: Policy, cost: number, verdict: Verdict): State;
  /**
   * Returns units: those of one `reservation`, or the newest (null), as far as that cannot let too many
   * through. Never gives more than was taken. May change the state that it is given and returns the state to keep.
   */
  release(
    state: State,
    policy: Policy,
    cost: number,
    reservation: number | null,
    nowMs: number,
  ): State;
  /**
   * Reservations that a return has made unsure: they were made before it, and what they stand for has
   * moved. Null when it changed no other reservation.
   */
  unsureAfter(before: State, after: State, reservation: number | null): UnsureReservations | null;
  /** True when the state says no more than a fresh one. */
  isUntouched(state: State, policy: Policy, nowMs: number): boolean;
  /** True when not even one unit would pass now. */
  isExhausted(state: State, policy: Policy, nowMs: number): boolean;
  /** The used share of the capacity, from 0 (untouched) to 1 (exhausted) and beyond (reserved). */
  usedShare(state: State, policy: Policy, nowMs: number): number;
}
