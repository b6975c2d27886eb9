import type { RatePolicy } from '../../src/core/policy.js';

/** The fields on which a naive model and a store must agree. */
export interface NaiveVerdict {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly retryAfterMs: number;
  readonly resetAfterMs: number;
  readonly moreAfterMs: number;
  readonly waitMs: number;
}

/** One identifier, counted in the simplest way. */
export interface NaiveCount {
  decide(cost: number, maxWaitMs: number, nowMs: number): NaiveVerdict;
  refund(cost: number, nowMs: number): void;
}

export function naiveCount(policy: RatePolicy): NaiveCount {
  return policy.algorithm === 'sliding_window'
    ? new NaiveWindow(policy.limit, policy.windowMs)
    : new NaiveBucket(policy.burst, Math.ceil(1_000_000 / policy.ratePerSecond));
}

/** Keeps every unit that was ever taken or reserved, and counts them again for each request. */
class NaiveWindow implements NaiveCount {
  #moments: number[] = [];

  constructor(
    readonly limit: number,
    readonly windowMs: number,
  ) {}

  decide(cost: number, maxWaitMs: number, nowMs: number): NaiveVerdict {
    const wanted = Math.max(cost, 1);
    const waitMs = wanted > this.limit ? Infinity : this.#firstFit(wanted, nowMs) - nowMs;
    const allowed = waitMs <= maxWaitMs && wanted <= this.limit;
    if (allowed) this.#moments.push(...Array.from({ length: cost }, () => nowMs + waitMs));
    const remaining = this.#left(nowMs);
    return {
      allowed,
      remaining,
      retryAfterMs: allowed ? 0 : waitMs,
      resetAfterMs: this.#until(nowMs, (left) => left === this.limit),
      moreAfterMs: remaining === this.limit ? 0 : this.#until(nowMs, (left) => left > remaining),
      waitMs: allowed ? waitMs : 0,
    };
  }

  refund(cost: number): void {
    this.#moments = this.#moments.slice(0, Math.max(0, this.#moments.length - cost));
  }

  /** The first moment, not before any reservation, at which so many more units fit. */
  #firstFit(wanted: number, nowMs: number): number {
    const earliest = Math.max(nowMs, this.#moments.at(-1) ?? nowMs);
    return this.#ends(earliest).find((atMs) => this.#inWindow(atMs) + wanted <= this.limit)!;
  }

  /** The moments, from this one on, at which a unit may leave the window. */
  #ends(fromMs: number): readonly number[] {
    const ends = this.#moments.map((moment) => moment + this.windowMs);
    return [fromMs, ...ends.filter((end) => end > fromMs)];
  }

  #inWindow(atMs: number): number {
    return this.#moments.filter((each) => each > atMs - this.windowMs && each <= atMs).length;
  }

  /** Units that pass at a moment; none before a reservation. */
  #left(nowMs: number): number {
    const waits = this.#moments.some((moment) => moment > nowMs);
    return waits ? 0 : Math.max(0, this.limit - this.#inWindow(nowMs));
  }

  #until(nowMs: number, reached: (left: number) => boolean): number {
    const moments = [...this.#ends(nowMs), ...this.#moments.filter((moment) => moment > nowMs)];
    const found = moments.sort((a, b) => a - b).find((atMs) => reached(this.#left(atMs)));
    return found! - nowMs;
  }
}

/** Keeps the missing units of the bucket, in microseconds of its rate, and the moment of that state. */
class NaiveBucket implements NaiveCount {
  #missingUs = 0;
  #atUs = 0;

  constructor(
    readonly burst: number,
    readonly intervalUs: number,
  ) {}

  decide(cost: number, maxWaitMs: number, nowMs: number): NaiveVerdict {
    this.#refill(nowMs);
    const wanted = Math.max(cost, 1);
    const fullUs = this.burst * this.intervalUs;
    const lackUs = Math.max(0, this.#missingUs + wanted * this.intervalUs - fullUs);
    const waitMs = wanted > this.burst ? Infinity : Math.ceil(lackUs / 1_000);
    const allowed = wanted <= this.burst && lackUs / 1_000 <= maxWaitMs;
    if (allowed) this.#missingUs += cost * this.intervalUs;
    const remaining = Math.max(0, Math.floor((fullUs - this.#missingUs) / this.intervalUs));
    const moreUs = this.#missingUs - (fullUs - (remaining + 1) * this.intervalUs);
    return {
      allowed,
      remaining,
      retryAfterMs: allowed ? 0 : waitMs,
      resetAfterMs: Math.ceil(this.#missingUs / 1_000),
      moreAfterMs: this.#missingUs === 0 ? 0 : Math.ceil(moreUs / 1_000),
      waitMs: allowed ? waitMs : 0,
    };
  }

  refund(cost: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#missingUs = Math.max(0, this.#missingUs - cost * this.intervalUs);
  }

  #refill(nowMs: number): void {
    this.#missingUs = Math.max(0, this.#missingUs - (nowMs * 1_000 - this.#atUs));
    this.#atUs = nowMs * 1_000;
  }
}
