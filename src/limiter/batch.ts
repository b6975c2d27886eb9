import { decideAllInParts, decideFirstInParts } from '../core/in-parts.js';
import { whenReady, type MaybePromise } from '../core/maybe-promise.js';
import type { BatchMode, Grant, StoreRequest, Verdict } from '../core/store.js';
import { decided, degraded, failureOf, isAllowed } from './answer.js';
import type { Answer, LimiterHandle } from './answer.js';
import { isVerdicts, type GuardedStore, type StoreReply } from './guarded-store/guarded-store.js';

/** A request to a store, and its limiter. */
export interface LimiterRequest {
  readonly limiter: LimiterHandle;
  readonly request: StoreRequest;
  /** When a slot was requested, by the local clock; its lease began then or later. 0 without a slot. */
  readonly requestedMs: number;
}

/**
 * Decides a batch; returns an answer for each request, in their order. Never rejects.
 *
 * Each store gets one batch. When the limiters live in several stores, what one store took is
 * released when another one denies (mode `all`).
 */
export function decideBatch(
  requests: readonly LimiterRequest[],
  mode: BatchMode,
): MaybePromise<readonly Answer[]> {
  const parts = partsByStore(requests);
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return decidePart(only, mode);
  if (mode === 'any') return decideFirst(requests);
  return decideAllInParts(requests, parts, {
    decide: (part) => decidePart(part, mode),
    isAllowed,
    release: releasePart,
    untaken,
  });
}

/** The grant of an allowed request. */
export function grantOf({ request }: LimiterRequest, { reservation }: Verdict): Grant {
  const { limiterId, identifier, policy, cost, leaseId } = request;
  return { limiterId, identifier, policy, cost, reservation, leaseId };
}

/** Runs a call and ignores its failure: what it would release expires in the store. */
export async function settleQuietly(call: () => MaybePromise<unknown>): Promise<void> {
  try {
    await call();
  } catch {
    // The units or the slot end with their window or lease.
  }
}

function partsByStore(requests: readonly LimiterRequest[]): readonly (readonly LimiterRequest[])[] {
  const [first] = requests;
  if (first === undefined) return [];
  if (requests.every(({ limiter }) => limiter.store === first.limiter.store)) return [requests];
  const parts = new Map<GuardedStore, LimiterRequest[]>();
  for (const request of requests) {
    const part = parts.get(request.limiter.store);
    if (part === undefined) parts.set(request.limiter.store, [request]);
    else part.push(request);
  }
  return [...parts.values()];
}

function decidePart(
  part: readonly LimiterRequest[],
  mode: BatchMode,
): MaybePromise<readonly Answer[]> {
  const [first] = part;
  if (first === undefined) return [];
  const batch = part.map(({ request }) => request);
  const reply = first.limiter.store.decide(batch, mode, shortestTimeout(part), () => {
    wakeWaiting(part);
  });
  return whenReady(reply, (ready) => answersOf(part, ready));
}

function answersOf(part: readonly LimiterRequest[], reply: StoreReply): readonly Answer[] {
  const [first] = part;
  if (first === undefined) return [];
  if (isVerdicts(reply) && reply.length === part.length) {
    const answers: Answer[] = [];
    part.forEach(({ limiter }, index) => {
      const verdict = reply[index];
      if (verdict !== undefined) answers.push(decided(limiter, verdict));
    });
    return answers;
  }
  const failure = failureOf(first.limiter, reply);
  return part.map(({ limiter }) => degraded(limiter, failure));
}

/** Mode `any` over several stores: one request after the other. */
function decideFirst(requests: readonly LimiterRequest[]): Promise<readonly Answer[]> {
  const parts = requests.map((request) => [request]);
  return decideFirstInParts(parts, {
    decide: (part) => decidePart(part, 'all'),
    isAllowed,
    peek: (one) => ({ ...one, request: { ...one.request, cost: 0, leaseId: null } }),
  });
}

function releasePart(part: readonly LimiterRequest[], answers: readonly Answer[]): void {
  const [first] = part;
  const grants = part.flatMap((request, index) => {
    const answer = answers[index];
    return answer?.verdict == null ? [] : [grantOf(request, answer.verdict)];
  });
  if (first === undefined || grants.length === 0) return;
  const wake = (): void => {
    wakeWaiting(part);
  };
  void settleQuietly(() => whenReady(first.limiter.store.release(grants, wake), wake));
}

/** Wakes requests that wait for slots of a part. */
function wakeWaiting(part: readonly LimiterRequest[]): void {
  for (const { limiter, request } of part) {
    if (request.leaseId !== null) limiter.slotReleased(request.identifier);
  }
}

/** The answer to a request whose units are released. */
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
