import { strict as assert } from 'node:assert';
import type { LimiterPolicy, RatePolicy } from '../../core/policy.js';
import type { BatchMode, Store, StoreRequest, Verdict } from '../../core/store.js';

/** A store under test, and its clock. */
export interface ContractSubject {
  readonly store: Store;
  /** Advances the clock of the store by whole milliseconds. */
  readonly advance: (byMs: number) => void | Promise<void>;
  readonly close: () => void | Promise<void>;
}

/** One requirement of the contract. */
export interface ContractCase {
  readonly name: string;
  readonly run: (subject: ContractSubject) => Promise<void>;
}

/** One requirement for every algorithm that counts units. */
export interface RateCase {
  readonly name: string;
  readonly run: (
    subject: ContractSubject,
    policy: RatePolicy,
    policyOf: (limit: number) => RatePolicy,
  ) => Promise<void>;
}

/** A request with defaults: one unit, now, for identifier `a` of limiter `l`. */
export function request(
  policy: LimiterPolicy,
  overrides: Partial<Omit<StoreRequest, 'policy'>> = {},
): StoreRequest {
  const defaults = { limiterId: 'l', identifier: 'a', cost: 1, maxWaitMs: 0, leaseId: null };
  return { ...defaults, ...overrides, policy };
}

const TIMEOUT_MS = 5_000;

/** Decides one request. */
export async function decide(
  { store }: ContractSubject,
  storeRequest: StoreRequest,
): Promise<Verdict> {
  const [verdict] = await store.decide([storeRequest], 'all', TIMEOUT_MS);
  assert(verdict !== undefined, 'a store returns one verdict per request');
  return verdict;
}

/** Decides a batch of requests. */
export async function decideAll(
  { store }: ContractSubject,
  batch: readonly StoreRequest[],
  mode: BatchMode,
): Promise<readonly Verdict[]> {
  const verdicts = await store.decide(batch, mode, TIMEOUT_MS);
  assert.equal(verdicts.length, batch.length, 'a store returns one verdict per request');
  return verdicts;
}

/** The units or slots that are left for the counter of a request; takes nothing. */
export async function remainingOf(
  subject: ContractSubject,
  storeRequest: StoreRequest,
): Promise<number> {
  const verdict = await decide(subject, { ...storeRequest, cost: 0, leaseId: null });
  return verdict.remaining;
}

/** Takes `times` units, one call each; all must pass. */
export async function take(
  subject: ContractSubject,
  storeRequest: StoreRequest,
  times: number,
): Promise<void> {
  for (let time = 0; time < times; time++) {
    const verdict = await decide(subject, storeRequest);
    assert.equal(verdict.allowed, true, `unit ${String(time + 1)} of ${String(times)} passes`);
  }
}
