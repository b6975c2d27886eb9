import { strict as assert } from 'node:assert';
import type { LimiterPolicy, RatePolicy } from '../../core/policy.js';
import type { BatchMode, Store, StoreRequest, Verdict } from '../../core/store.js';

/** A store under test, and its time. */
export interface ContractSubject {
  readonly store: Store;
  /** Moves the time by which the store decides. Whole milliseconds. */
  readonly advance: (byMs: number) => void | Promise<void>;
  readonly close: () => void | Promise<void>;
}

/** One promise of the port. */
export interface ContractCase {
  readonly name: string;
  readonly run: (subject: ContractSubject) => Promise<void>;
}

/** One promise of every algorithm that counts units. */
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
export async function ask({ store }: ContractSubject, asked: StoreRequest): Promise<Verdict> {
  const [verdict] = await store.decide([asked], 'all', TIMEOUT_MS);
  assert(verdict !== undefined, 'a store answers every request');
  return verdict;
}

/** Decides a batch and tells which requests were allowed. */
export async function askAll(
  { store }: ContractSubject,
  batch: readonly StoreRequest[],
  mode: BatchMode,
): Promise<readonly Verdict[]> {
  const verdicts = await store.decide(batch, mode, TIMEOUT_MS);
  assert.equal(verdicts.length, batch.length, 'a store answers every request');
  return verdicts;
}

/** What is left for a request's counter, without taking anything. */
export async function left(subject: ContractSubject, asked: StoreRequest): Promise<number> {
  const verdict = await ask(subject, { ...asked, cost: 0, leaseId: null });
  return verdict.remaining;
}

/** Takes `times` units, one call each; all must pass. */
export async function take(
  subject: ContractSubject,
  asked: StoreRequest,
  times: number,
): Promise<void> {
  for (let time = 0; time < times; time++) {
    const verdict = await ask(subject, asked);
    assert.equal(verdict.allowed, true, `unit ${String(time + 1)} of ${String(times)} passes`);
  }
}
