import type { Clock } from '../../core/clock.js';
import type { BatchMode, StateRef, StoreRequest, Verdict } from '../../core/store.js';

/** The most denials that are cached; the oldest is evicted for a new one. */
const MAX_DENIALS = 10_000;

/** A denied batch, and the verdicts of the store. */
interface Denial {
  readonly batch: readonly StoreRequest[];
  readonly verdicts: readonly Verdict[];
  /** When the request was sent, which is before the store decided. */
  readonly atMs: number;
  /** Served from the cache until then; later, a reset or refund elsewhere may have ended it. */
  readonly untilMs: number;
  /** Until then, time alone does not end the denial. */
  readonly certainUntilMs: number;
}

/**
 * Caches denials of a remote store, so that requests over a limit cost no round trip.
 *
 * A denial for lack of units determines when the same request can pass. Until then, but no longer than
 * `longestMs`, the cache denies it. So a reset or refund by another process takes effect within
 * `longestMs`; one by this process takes effect at once.
 */
export class DenyCache {
  readonly #clock: Clock;
  readonly #longestMs: number;
  readonly #denials = new Map<string, Denial>();
  #changes = 0;

  constructor(clock: Clock, longestMs: number) {
    this.#clock = clock;
    this.#longestMs = longestMs;
  }

  /** Identifies the current state of the cache, for `note`. */
  get mark(): number {
    return this.#changes;
  }

  /** The verdicts of a batch that is known to be denied; null for any other. */
  find(batch: readonly StoreRequest[], mode: BatchMode): readonly Verdict[] | null {
    if (this.#denials.size === 0) return null;
    const denial = this.#find(batch, mode);
    if (denial === null) return null;
    const nowMs = this.#clock.nowMs();
    return nowMs < denial.untilMs ? verdictsAt(denial, nowMs) : null;
  }

  /**
   * Like `find`, for a batch that this process cannot send because it is overloaded: a limit that is
   * known to be exceeded stays exceeded until the store's `retryAfterMs` has passed.
   */
  findCertain(batch: readonly StoreRequest[], mode: BatchMode): readonly Verdict[] | null {
    const denial = this.#find(batch, mode);
    const nowMs = this.#clock.nowMs();
    return denial === null || nowMs >= denial.certainUntilMs ? null : verdictsAt(denial, nowMs);
  }

  /** The cached denial of this batch, regardless of its age. */
  #find(batch: readonly StoreRequest[], mode: BatchMode): Denial | null {
    if (!isAllOrNone(batch, mode)) return null;
    for (const request of batch) {
      const denial = this.#denials.get(keyOf(request));
      if (denial === undefined || !isSameBatch(batch, denial.batch)) continue;
      return denial;
    }
    return null;
  }

  /**
   * Caches verdicts if they are a denial. `mark` and `atMs` were read when the batch was sent: units that
   * were released since then invalidate the denial.
   */
  note(
    { batch, mode }: { readonly batch: readonly StoreRequest[]; readonly mode: BatchMode },
    verdicts: readonly Verdict[],
    { mark, atMs }: { readonly mark: number; readonly atMs: number },
  ): void {
    if (!verdicts.some(isDenied) || mark !== this.#changes || !isAllOrNone(batch, mode)) return;
    let longest = -1;
    verdicts.forEach((verdict, index) => {
      if (!isDenied(verdict)) return;
      const { retryAfterMs } = verdict;
      if (longest === -1 || retryAfterMs > (verdicts[longest]?.retryAfterMs ?? 0)) longest = index;
    });
    const request = batch[longest];
    const verdict = verdicts[longest];
    if (request === undefined || verdict === undefined) return;
    const certainUntilMs = atMs + verdict.retryAfterMs;
    if (certainUntilMs <= this.#clock.nowMs()) return;
    const key = keyOf(request);
    this.#denials.delete(key);
    if (this.#denials.size >= MAX_DENIALS) this.#forgetOldest();
    const untilMs = Math.min(certainUntilMs, atMs + this.#longestMs);
    this.#denials.set(key, { batch, verdicts, atMs, untilMs, certainUntilMs });
  }

  /** Removes the denials of states whose units were released. */
  forget(states: readonly StateRef[]): void {
    if (states.length === 0) return;
    this.#changes += 1;
    for (const state of states) this.#denials.delete(keyOf(state));
  }

  #forgetOldest(): void {
    for (const key of this.#denials.keys()) {
      this.#denials.delete(key);
      return;
    }
  }
}

function isDenied({ denial }: Verdict): boolean {
  return denial === 'rate';
}

/** A batch that is taken now and as a whole, or not at all; peeks are not served from the cache. */
function isAllOrNone(batch: readonly StoreRequest[], mode: BatchMode): boolean {
  if (mode !== 'all' && batch.length !== 1) return false;
  return batch.every(({ cost, maxWaitMs }) => cost > 0 && maxWaitMs === 0);
}

function isSameBatch(a: readonly StoreRequest[], b: readonly StoreRequest[]): boolean {
  return (
    a.length === b.length &&
    a.every((request, index) => {
      const other = b[index];
      return (
        request.limiterId === other?.limiterId &&
        request.identifier === other.identifier &&
        request.policy === other.policy &&
        request.cost === other.cost &&
        (request.leaseId === null) === (other.leaseId === null)
      );
    })
  );
}

function keyOf({ limiterId, identifier }: StateRef): string {
  return `${limiterId}\n${identifier}`;
}

/** The verdicts of a cached denial, with the times that are left. */
function verdictsAt({ verdicts, atMs }: Denial, nowMs: number): readonly Verdict[] {
  const elapsedMs = nowMs - atMs;
  const left = (ms: number): number => Math.max(0, Math.ceil(ms - elapsedMs));
  return verdicts.map((verdict) => ({
    ...verdict,
    retryAfterMs: verdict.allowed ? 0 : Math.max(1, left(verdict.retryAfterMs)),
    resetAfterMs: left(verdict.resetAfterMs),
    moreAfterMs: left(verdict.moreAfterMs),
  }));
}
