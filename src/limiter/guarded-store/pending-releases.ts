import type { Cancel, Clock } from '../../core/clock.js';
import { isPromise, type MaybePromise } from '../../core/maybe-promise.js';
import type { Grant } from '../../core/store.js';

/** Releases slots. Rejects when the store is unavailable. */
export interface ReleaseTarget {
  releaseOnce(grants: readonly Grant[]): MaybePromise<void>;
}

/** A slot whose release failed so far. */
interface PendingRelease {
  readonly target: ReleaseTarget;
  readonly grant: Grant;
  /** When its lease has certainly ended. */
  readonly endMs: number;
  readonly onReleased: () => void;
  dueMs: number;
  delayMs: number;
}

/** The most slots that are retried; others are free when their leases end. */
const MAX_PENDING = 10_000;
/** The most slots per attempt: the work of one store call is bounded. */
const SLOTS_PER_ATTEMPT = 64;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

/**
 * Retries the release of slots, after a reset connection for example. Each is released by the id of its
 * lease until that succeeds or the lease has ended. Releasing a slot twice is harmless; releasing units
 * twice is not, so units are never retried.
 *
 * Bounded in number, with one timer for all that does not keep the process alive.
 */
export class PendingReleases {
  readonly #clock: Clock;
  readonly #pending = new Map<string, PendingRelease>();
  #cancelTimer: Cancel | null = null;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Adds the slots of grants whose release failed; `onReleased` is called for each. */
  add(
    target: ReleaseTarget,
    grants: readonly Grant[],
    onReleased: (grant: Grant) => void = () => undefined,
  ): void {
    if (this.#isClosed) return;
    const nowMs = this.#clock.nowMs();
    for (const grant of grants) {
      const { leaseId, policy } = grant;
      if (leaseId === null || policy.concurrency === undefined) continue;
      if (this.#pending.size >= MAX_PENDING || this.#pending.has(leaseId)) continue;
      const delayMs = FIRST_DELAY_MS;
      const release: PendingRelease = {
        target,
        grant: { ...grant, cost: 0 },
        endMs: nowMs + policy.concurrency.leaseMs,
        onReleased: () => {
          onReleased(grant);
        },
        dueMs: nowMs + jittered(delayMs),
        delayMs,
      };
      this.#pending.set(leaseId, release);
      this.#arm(release.dueMs);
    }
  }

  /** Retries everything once more and drops what is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#disarm();
    const left = [...this.#pending.values()];
    await Promise.all(attemptsOf(left).map((attempt) => this.#release(attempt)));
    this.#pending.clear();
  }

  #arm(dueMs: number): void {
    if (dueMs >= this.#timerDueMs || this.#isClosed) return;
    this.#disarm();
    this.#timerDueMs = dueMs;
    const delayMs = Math.max(0, dueMs - this.#clock.nowMs());
    this.#cancelTimer = this.#clock.schedule(
      () => {
        this.#timerDueMs = Number.POSITIVE_INFINITY;
        this.#retryDue();
      },
      delayMs,
      'background',
    );
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
  }

  #retryDue(): void {
    const nowMs = this.#clock.nowMs();
    const due: PendingRelease[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [leaseId, release] of this.#pending) {
      if (release.endMs <= nowMs) {
        this.#pending.delete(leaseId);
        continue;
      }
      if (release.dueMs <= nowMs) {
        release.delayMs = Math.min(LONGEST_DELAY_MS, release.delayMs * 2);
        release.dueMs = nowMs + jittered(release.delayMs);
        due.push(release);
      }
      nextMs = Math.min(nextMs, release.dueMs);
    }
    for (const attempt of attemptsOf(due)) void this.#release(attempt);
    if (this.#pending.size > 0) this.#arm(nextMs);
  }

  async #release(attempt: readonly PendingRelease[]): Promise<void> {
    const [first] = attempt;
    try {
      await first?.target.releaseOnce(attempt.map(({ grant }) => grant));
    } catch {
      return; // Retried when due.
    }
    for (const { grant, onReleased } of attempt) {
      if (grant.leaseId !== null) this.#pending.delete(grant.leaseId);
      onReleased();
    }
    if (this.#pending.size === 0) this.#disarm();
  }
}

/** Releases now. A failure is thrown, and `pending` retries the slots. */
export function releaseOrRetry(
  target: ReleaseTarget,
  pending: PendingReleases | undefined,
  grants: readonly Grant[],
  onReleased: ((grant: Grant) => void) | undefined,
): MaybePromise<void> {
  const failed = (error: unknown): never => {
    pending?.add(target, grants, onReleased);
    throw error;
  };
  let released: MaybePromise<void>;
  try {
    released = target.releaseOnce(grants);
  } catch (error) {
    return failed(error);
  }
  return isPromise(released) ? released.catch(failed) : released;
}

/** Groups releases into calls: one store per call, with a bounded number of slots. */
function attemptsOf(releases: readonly PendingRelease[]): readonly (readonly PendingRelease[])[] {
  const attempts: PendingRelease[][] = [];
  const open = new Map<ReleaseTarget, PendingRelease[]>();
  for (const release of releases) {
    const attempt = open.get(release.target);
    if (attempt !== undefined && attempt.length < SLOTS_PER_ATTEMPT) {
      attempt.push(release);
      continue;
    }
    const next = [release];
    open.set(release.target, next);
    attempts.push(next);
  }
  return attempts;
}

/** Between half of a delay and all of it, so that processes do not retry at the same time. */
function jittered(delayMs: number): number {
  return delayMs * (0.5 + Math.random() / 2);
}
