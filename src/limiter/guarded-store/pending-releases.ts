import type { Cancel, Clock } from '../../core/clock.js';
import { isPromise, type MaybePromise } from '../../core/maybe-promise.js';
import type { Grant } from '../../core/store.js';

/** Where slots are released. Rejects when the store does not answer. */
export interface ReleaseTarget {
  releaseOnce(grants: readonly Grant[]): MaybePromise<void>;
}

/** A slot that could not be released yet. */
interface PendingRelease {
  readonly target: ReleaseTarget;
  readonly grant: Grant;
  /** When its lease has ended for certain. */
  readonly endMs: number;
  readonly onReleased: () => void;
  dueMs: number;
  delayMs: number;
}

/** More slots than these come back by the end of their leases only. */
const MAX_PENDING = 10_000;
/** How many slots one attempt releases: a call of a store is bounded in work. */
const SLOTS_PER_ATTEMPT = 64;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

/**
 * Slots whose release failed, on a reset connection for example. Each is released again, by the
 * token of its lease, until that works or its lease has ended. Releasing a slot twice is harmless,
 * which is not true of units: those are never sent again.
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

  /** Takes over the slots of grants that could not be handed back; `onReleased` hears of each. */
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

  /** Tries once more to release everything, and gives up what is left. */
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
      return; // Tried again when it is due.
    }
    for (const { grant, onReleased } of attempt) {
      if (grant.leaseId !== null) this.#pending.delete(grant.leaseId);
      onReleased();
    }
    if (this.#pending.size === 0) this.#disarm();
  }
}

/** Releases now; what fails is left to `pending`, and the failure told. */
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

/** Sorts what is released into calls: one store each, and not too much at once. */
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

/** Between a half and the whole of a delay, so that processes do not come back together. */
function jittered(delayMs: number): number {
  return delayMs * (0.5 + Math.random() / 2);
}
