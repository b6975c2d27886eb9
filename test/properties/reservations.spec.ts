import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RatePolicy } from '../../src/core/policy.js';
import { costOf, evenBuckets, histories, timeOf, windows, type Step } from './arbitraries.js';
import { Counter } from './counter.js';
import { excess, type Passed } from './rules.js';

interface Reservation extends Passed {
  /** When it was made. */
  readonly madeAtMs: number;
  readonly name: number;
  isReleased: boolean;
}

/** A limiter whose calls wait, take and sometimes cancel. */
class Queue {
  readonly counter: Counter;
  readonly reservations: Reservation[] = [];
  readonly #policy: RatePolicy;
  readonly #mayCancel: (reservation: Reservation, nowMs: number) => boolean;

  constructor(policy: RatePolicy, mayCancel = isStillAhead) {
    this.#policy = policy;
    this.#mayCancel = mayCancel;
    this.counter = new Counter(policy);
  }

  /** Executes one step; returns its reservation. */
  follow(step: Step): Reservation | null {
    const { clock } = this.counter;
    if (step.kind === 'wait') clock.advance(timeOf(this.#policy, step));
    if (step.kind === 'cancel') this.#cancel(step);
    if (step.kind !== 'take' && step.kind !== 'reserve') return null;
    const units = costOf(this.#policy, step);
    const maxWaitMs = step.kind === 'reserve' ? 600_000 : 0;
    const verdict = this.counter.decide('a', { cost: units, maxWaitMs });
    if (!verdict.allowed) return null;
    const madeAtMs = clock.nowMs();
    const atMs = madeAtMs + verdict.waitMs;
    const reservation = { atMs, units, madeAtMs, name: verdict.reservation, isReleased: false };
    this.reservations.push(reservation);
    return reservation;
  }

  #cancel({ size }: Step): void {
    const reservation = this.reservations[this.reservations.length - 1 - size];
    if (reservation === undefined || reservation.isReleased) return;
    if (!this.#mayCancel(reservation, this.counter.clock.nowMs())) return;
    reservation.isReleased = true;
    this.counter.release('a', { cost: reservation.units }, reservation.name);
  }

  /** Units that were allowed or are reserved. */
  get passed(): readonly Passed[] {
    return this.reservations.filter(({ isReleased }) => !isReleased);
  }
}

/** A call may cancel until its moment; one that was served at once, within the same moment. */
function isStillAhead({ atMs, madeAtMs }: Reservation, nowMs: number): boolean {
  return atMs > nowMs || (atMs === nowMs && madeAtMs >= nowMs);
}

const waiting = histories(['wait', 'take', 'reserve', 'reserve']);
const withCancellations = histories([
  'wait',
  'take',
  'reserve',
  'reserve',
  'reserve',
  'cancel',
  'cancel',
]);

describe.each([
  ['a sliding window', windows],
  ['a token bucket', evenBuckets],
])('the moments that %s reserves', (_, anyPolicy) => {
  it('are in the order of the requests', () => {
    fc.assert(
      fc.property(anyPolicy, waiting, (policy, steps) => {
        const queue = new Queue(policy);
        let lastMs = 0;
        for (const step of steps) {
          const reservation = queue.follow(step);
          if (reservation === null) continue;
          expect(reservation.atMs).toBeGreaterThanOrEqual(lastMs);
          lastMs = reservation.atMs;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keep the limit in any interval', () => {
    fc.assert(
      fc.property(anyPolicy, waiting, (policy, steps) => {
        const queue = new Queue(policy);
        for (const step of steps) queue.follow(step);
        expect(excess(policy, queue.passed)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('keep the limit in any interval when some are released', () => {
    fc.assert(
      fc.property(anyPolicy, withCancellations, (policy, steps) => {
        const queue = new Queue(policy);
        for (const step of steps) queue.follow(step);
        expect(excess(policy, queue.passed)).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('D3: keep the limit in any interval when late replies are released at any time', () => {
    fc.assert(
      fc.property(anyPolicy, withCancellations, (policy, steps) => {
        const queue = new Queue(policy, () => true);
        for (const step of steps) queue.follow(step);
        expect(excess(policy, queue.passed)).toBe(0);
      }),
      { numRuns: 5_000 },
    );
  });

  it('are free again when the last is released', () => {
    fc.assert(
      fc.property(anyPolicy, waiting, (policy, steps) => {
        const queue = new Queue(policy);
        for (const step of steps) queue.follow(step);
        const before = queue.counter.peek('a');
        const reserved = queue.follow({ kind: 'reserve', identifier: 'a', size: 0 });
        fc.pre(reserved !== null);
        queue.counter.release('a', { cost: reserved.units }, reserved.name);
        expect(queue.counter.peek('a')).toEqual(before);
        const again = queue.follow({ kind: 'reserve', identifier: 'a', size: 0 });
        expect(again).toMatchObject({ atMs: reserved.atMs });
      }),
      { numRuns: 300 },
    );
  });

  it('all end: then the identifier is untouched', () => {
    fc.assert(
      fc.property(anyPolicy, withCancellations, (policy, steps) => {
        const queue = new Queue(policy);
        for (const step of steps) queue.follow(step);
        const { resetAfterMs } = queue.counter.peek('a');
        queue.counter.clock.advance(resetAfterMs);
        expect(queue.counter.peek('a')).toMatchObject({ allowed: true, resetAfterMs: 0 });
        const last = Math.max(0, ...queue.passed.map(({ atMs }) => atMs));
        expect(queue.counter.clock.nowMs()).toBeGreaterThanOrEqual(last);
      }),
    );
  });
});

describe('grants that are released later', () => {
  it('never let a token bucket exceed its limit', () => {
    const steps = histories(['wait', 'take', 'take', 'reserve', 'cancel']);
    fc.assert(
      fc.property(evenBuckets, steps, (policy, history) => {
        const counter = new Counter(policy);
        const grants: Reservation[] = [];
        for (const step of history) {
          const units = costOf(policy, step);
          const madeAtMs = counter.clock.nowMs();
          if (step.kind === 'wait') counter.clock.advance(timeOf(policy, step));
          else if (step.kind === 'cancel') {
            const grant = grants[grants.length - 1 - step.size];
            if (grant === undefined || grant.isReleased) continue;
            grant.isReleased = true;
            counter.release('a', { cost: grant.units }, grant.name);
          } else {
            const maxWaitMs = step.kind === 'reserve' ? 600_000 : 0;
            const { allowed, waitMs, reservation } = counter.decide('a', {
              cost: units,
              maxWaitMs,
            });
            const grant = {
              atMs: madeAtMs + waitMs,
              units,
              madeAtMs,
              name: reservation,
              isReleased: false,
            };
            if (allowed) grants.push(grant);
          }
        }
        expect(
          excess(
            policy,
            grants.filter(({ isReleased }) => !isReleased),
          ),
        ).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });
});
