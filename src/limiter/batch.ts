import { allReady, whenReady, type MaybePromise } from '../core/maybe-promise.js';
import type { StoreUnavailableError } from '../core/errors/index.js';
import type { BatchMode, Grant, StoreRequest, Verdict } from '../core/store.js';
import {
  answerOf,
  decided,
  degraded,
  failureOf,
  readAnswer,
  reportFailure,
  type Answer,
  type LimiterHandle,
} from './answer.js';
import { isVerdicts, type GuardedStore, type StoreAnswer } from './guarded-store.js';
import type { Observers } from './observers.js';

/** One question to one limiter. */
export interface LimiterRequest {
  readonly limiter: LimiterHandle;
  readonly request: StoreRequest;
  /** When a slot was asked for, by the local clock: a lease began then or later; 0 without a slot. */
  readonly askedMs: number;
}

/**
 * Asks the stores of all limiters and answers for each, in order. Never rejects.
 *
 * One store is asked once. When the limiters of a batch live in several stores, each is asked for
 * its part, and in mode `all` what one part took is given back when another part refuses.
 */
export function decideBatch(
  asks: readonly LimiterRequest[],
  mode: BatchMode,
  subscribers: Observers,
): MaybePromise<readonly Answer[]> {
  const parts = partsByStore(asks);
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return decidePart(only, mode, subscribers);
  if (mode === 'any') return decideFirst(asks, subscribers);
  const answers = parts.map((part) => decidePart(part, mode, subscribers));
  return whenReady(allReady(answers), (answered) => settleParts(asks, parts, answered));
}

/** Asks one limiter: the short way of `decideBatch`. The caller may have less time than it gives. */
export function decideOne(
  ask: LimiterRequest,
  subscribers: Observers,
  timeoutMs: number | null = ask.limiter.timeoutMs,
): MaybePromise<Answer> {
  const said = askStore(ask, timeoutMs);
  if (isVerdicts(said)) return answerOf(ask.limiter, said, subscribers);
  return whenReady(said, (late) => answerOf(ask.limiter, late, subscribers));
}

/**
 * Asks each limiter for itself: a call that fails says nothing of the others. Calls of one turn
 * share a round trip, because a distant store coalesces them.
 */
export function decideEach(
  asks: readonly LimiterRequest[],
  subscribers: Observers,
): MaybePromise<readonly Answer[]> {
  return whenReady(allReady(asks.map((ask) => askStore(ask, ask.limiter.timeoutMs))), (said) => {
    const answers: Answer[] = [];
    asks.forEach(({ limiter }, index) => {
      const answer = said[index];
      if (answer !== undefined) answers.push(readAnswer(limiter, answer));
    });
    reportFailures(asks, answers, subscribers);
    return answers;
  });
}

function askStore(
  { limiter, request }: LimiterRequest,
  timeoutMs: number | null,
): MaybePromise<StoreAnswer> {
  const onReturned =
    request.leaseId === null
      ? undefined
      : () => {
          limiter.slotReturned(request.identifier);
        };
  return limiter.store.decide([request], 'all', timeoutMs, onReturned);
}

/** One event for all limiters that failed in the same way. */
function reportFailures(
  asks: readonly LimiterRequest[],
  answers: readonly Answer[],
  subscribers: Observers,
): void {
  const causes = new Map<string, { failure: StoreUnavailableError; limiters: LimiterHandle[] }>();
  asks.forEach(({ limiter }, index) => {
    const failure = answers[index]?.failure;
    if (failure == null) return;
    const { storeId, kind, failureCode, address } = failure;
    const cause = [storeId, kind, failureCode, address].join('\n');
    const known = causes.get(cause);
    if (known === undefined) causes.set(cause, { failure, limiters: [limiter] });
    else known.limiters.push(limiter);
  });
  for (const { limiters, failure } of causes.values()) {
    reportFailure(limiters, failure, subscribers);
  }
}

/** What an allowed request took, to be handed back. */
export function grantOf({ request }: LimiterRequest, { reservation }: Verdict): Grant {
  const { limiterId, identifier, policy, cost, leaseId } = request;
  return { limiterId, identifier, policy, cost, reservation, leaseId };
}

function partsByStore(asks: readonly LimiterRequest[]): readonly (readonly LimiterRequest[])[] {
  const [first] = asks;
  if (first === undefined) return [];
  if (asks.every((ask) => ask.limiter.store === first.limiter.store)) return [asks];
  const parts = new Map<GuardedStore, LimiterRequest[]>();
  for (const ask of asks) {
    const part = parts.get(ask.limiter.store);
    if (part === undefined) parts.set(ask.limiter.store, [ask]);
    else part.push(ask);
  }
  return [...parts.values()];
}

function decidePart(
  part: readonly LimiterRequest[],
  mode: BatchMode,
  subscribers: Observers,
): MaybePromise<readonly Answer[]> {
  const [first] = part;
  if (first === undefined) return [];
  const requests = part.map((ask) => ask.request);
  const answer = first.limiter.store.decide(requests, mode, shortestTimeout(part), () => {
    wakeWaiting(part);
  });
  return whenReady(answer, (said) => answersOf(part, said, subscribers));
}

function answersOf(
  part: readonly LimiterRequest[],
  said: StoreAnswer,
  subscribers: Observers,
): readonly Answer[] {
  const [first] = part;
  if (first === undefined) return [];
  if (isVerdicts(said) && said.length === part.length) {
    const answers: Answer[] = [];
    part.forEach(({ limiter }, index) => {
      const verdict = said[index];
      if (verdict !== undefined) answers.push(decided(limiter, verdict));
    });
    return answers;
  }
  const limiters = part.map((ask) => ask.limiter);
  const failure = failureOf(first.limiter, said);
  reportFailure(limiters, failure, subscribers);
  return limiters.map((limiter) => degraded(limiter, failure));
}

/** Mode `any` over several stores: asks one after the other until one lets the call pass. */
async function decideFirst(
  asks: readonly LimiterRequest[],
  subscribers: Observers,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let passed = false;
  for (const ask of asks) {
    const request = passed ? { ...ask.request, cost: 0, leaseId: null } : ask.request;
    const [answer] = await decidePart([{ ...ask, request }], 'all', subscribers);
    if (answer === undefined) continue;
    answers.push(answer);
    passed ||= answer.decision.allowed;
  }
  return answers;
}

/** Puts the parts' answers in the order of the asks, and gives back what a refusal made void. */
function settleParts(
  asks: readonly LimiterRequest[],
  parts: readonly (readonly LimiterRequest[])[],
  answered: readonly (readonly Answer[])[],
): readonly Answer[] {
  const haveAllPassed = answered.every((answers) => answers.every(isAllowed));
  const byAsk = new Map<LimiterRequest, Answer>();
  parts.forEach((part, partIndex) => {
    const answers = answered[partIndex] ?? [];
    const isVoid = !haveAllPassed && answers.every(isAllowed);
    if (isVoid) releasePart(part, answers);
    part.forEach((ask, index) => {
      const answer = answers[index];
      if (answer !== undefined) byAsk.set(ask, isVoid ? untaken(ask, answer) : answer);
    });
  });
  return asks.flatMap((ask) => byAsk.get(ask) ?? []);
}

function isAllowed({ decision }: Answer): boolean {
  return decision.allowed;
}

function releasePart(part: readonly LimiterRequest[], answers: readonly Answer[]): void {
  const [first] = part;
  const grants = part.flatMap((ask, index) => {
    const answer = answers[index];
    return answer?.verdict == null ? [] : [grantOf(ask, answer.verdict)];
  });
  if (first === undefined || grants.length === 0) return;
  const wake = (): void => {
    wakeWaiting(part);
  };
  void settleQuietly(() => whenReady(first.limiter.store.release(grants, wake), wake));
}

/** Lets those try again who wait for slots that a part gave back. */
function wakeWaiting(part: readonly LimiterRequest[]): void {
  for (const { limiter, request } of part) {
    if (request.leaseId !== null) limiter.slotReturned(request.identifier);
  }
}

/** Runs a call whose failure changes nothing for the caller: the store frees the rest by itself. */
export async function settleQuietly(call: () => MaybePromise<unknown>): Promise<void> {
  try {
    await call();
  } catch {
    // What was taken ends with its window or its lease.
  }
}

/** The answer of a request whose units went back. */
function untaken({ request }: LimiterRequest, answer: Answer): Answer {
  const { decision } = answer;
  if (decision.degraded) return answer;
  const remaining = Math.min(decision.limit, decision.remaining + request.cost);
  return { ...answer, decision: { ...decision, remaining } };
}

function shortestTimeout(part: readonly LimiterRequest[]): number | null {
  let shortestMs: number | null = null;
  for (const { limiter } of part) {
    if (limiter.timeoutMs === null) continue;
    shortestMs = shortestMs === null ? limiter.timeoutMs : Math.min(shortestMs, limiter.timeoutMs);
  }
  return shortestMs;
}
