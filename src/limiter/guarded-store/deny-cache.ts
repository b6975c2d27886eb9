import type { Clock } from '../../core/clock.js';
import type { BatchMode, StateRef, StoreRequest, Verdict } from '../../core/store.js';

/** The most denials that are remembered; the oldest goes for a new one. */
const MAX_DENIALS = 10_000;

/** A batch that was denied, and what the store said. */
interface Denial {
  readonly batch: readonly StoreRequest[];
  readonly verdicts: readonly Verdict[];
  /** When it was asked, which is before the store decided. */
  readonly atMs: number;
  /** Until then it is the answer; a reset or refund elsewhere may have ended it after that. */
  readonly untilMs: number;
  /** Until then the passing of time alone does not end it. */
  readonly certainUntilMs: number;
}

/**
 * Denials of a distant store, so that a caller over its limit costs no round trip.
 *
 * A denial by units says until when nothing can change. Until then, but never longer than
 * `longestMs`, the same question has the same answer here. What another process resets or refunds
 * is thus seen within `longestMs`; what this process does is seen at once.
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

  /** A mark of this moment, for `note`. */
  get mark(): number {
    return this.#changes;
  }

  /** The answer to a batch that is known to be denied; null for every other. */
  find(batch: readonly StoreRequest[], mode: BatchMode): readonly Verdict[] | null {
    if (this.#denials.size === 0) return null;
    const denial = this.#find(batch, mode);
    if (denial === null) return null;
    const nowMs = this.#clock.nowMs();
    return nowMs < denial.untilMs ? answerAt(denial, nowMs) : null;
  }

  /**
   * The same for a batch that the store cannot be asked about, because this process asks more than
   * it can send: a limit that is known to be exceeded stays exceeded for as long as the store said.
   */
  findCertain(batch: readonly StoreRequest[], mode: BatchMode): readonly Verdict[] | null {
    const denial = this.#find(batch, mode);
    const nowMs = this.#clock.nowMs();
    return denial === null || nowMs >= denial.certainUntilMs ? null : answerAt(denial, nowMs);
  }

  /** The denial of this batch, of whatever age. */
  #find(batch: readonly StoreRequest[], mode: BatchMode): Denial | null {
    if (!isAllOrNone(batch, mode)) return null;
    for (const request of batch) {
      const denial = this.#denials.get(keyOf(request));
      if (denial === undefined || !isSameQuestion(batch, denial.batch)) continue;
      return denial;
    }
    return null;
  }

  /**
   * Remembers an answer, if it is a denial. `mark` and `atMs` are of when it was asked: when units
   * came back since, it says nothing any more.
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

  /** Units of these came back: what was said of them does not hold any more. */
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

/** A batch that is taken now and as a whole, or not at all; looks are not answered from memory. */
function isAllOrNone(batch: readonly StoreRequest[], mode: BatchMode): boolean {
  if (mode !== 'all' && batch.length !== 1) return false;
  return batch.every(({ cost, maxWaitMs }) => cost > 0 && maxWaitMs === 0);
}

function isSameQuestion(a: readonly StoreRequest[], b: readonly StoreRequest[]): boolean {
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

/** What the store would say of it now. */
function answerAt({ verdicts, atMs }: Denial, nowMs: number): readonly Verdict[] {
  const elapsedMs = nowMs - atMs;
  const left = (ms: number): number => Math.max(0, Math.ceil(ms - elapsedMs));
  return verdicts.map((verdict) => ({
    ...verdict,
    retryAfterMs: verdict.allowed ? 0 : Math.max(1, left(verdict.retryAfterMs)),
    resetAfterMs: left(verdict.resetAfterMs),
    moreAfterMs: left(verdict.moreAfterMs),
  }));
}
