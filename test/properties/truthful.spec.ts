import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RatePolicy } from '../../src/core/policy.js';
import { capacityOf, costOf, histories, policies, timeOf, type Step } from './arbitraries.js';
import { aStore, Counter } from './counter.js';

/** A counter after a history of calls, some of which may have reserved. */
function after(policy: RatePolicy, steps: readonly Step[]): Counter {
  const counter = new Counter(policy, aStore(undefined, 1_000_000));
  for (const step of steps) {
    const cost = costOf(policy, step);
    if (step.kind === 'wait') counter.clock.advance(timeOf(policy, step));
    else if (step.kind === 'take') counter.take('a', cost);
    else if (step.kind === 'refund') counter.release('a', { cost });
    else if (step.kind === 'reserve') counter.decide('a', { cost, maxWaitMs: 3_000 });
  }
  return counter;
}

const past = histories(['wait', 'take', 'take', 'refund']);
const pastWithReservations = histories(['wait', 'take', 'reserve', 'reserve']);
const pastWithReturns = histories(['wait', 'take', 'reserve', 'reserve', 'refund']);
const pasts = [
  ['no call waits', past],
  ['a call waits', pastWithReservations],
  ['units are refunded while a call waits', pastWithReturns],
] as const;

describe.each(pasts)('when %s', (_, steps) => {
  it('a denied call is denied until the last millisecond of its wait, and then passes', () => {
    const costs = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(policies, steps, costs, (policy, history, wanted) => {
        const counter = after(policy, history);
        const cost = Math.min(wanted, capacityOf(policy));
        const { allowed, retryAfterMs } = counter.decide('a', { cost });
        if (allowed) return;
        expect(retryAfterMs).toBeGreaterThanOrEqual(1);
        counter.clock.advance(retryAfterMs - 1);
        expect(counter.take('a', cost)).toBe(false);
        counter.clock.advance(1);
        expect(counter.take('a', cost)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('an identifier is untouched exactly after resetAfterMs', () => {
    fc.assert(
      fc.property(policies, steps, (policy, history) => {
        const counter = after(policy, history);
        const { resetAfterMs } = counter.peek('a');
        const untouched = { remaining: capacityOf(policy), resetAfterMs: 0, moreAfterMs: 0 };
        if (resetAfterMs === 0) {
          expect(counter.peek('a')).toMatchObject(untouched);
          return;
        }
        counter.clock.advance(resetAfterMs - 1);
        expect(counter.peek('a').resetAfterMs).toBe(1);
        counter.clock.advance(1);
        expect(counter.peek('a')).toMatchObject({ ...untouched, allowed: true, retryAfterMs: 0 });
        expect(counter.take('a', capacityOf(policy))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('more units are available exactly after moreAfterMs', () => {
    fc.assert(
      fc.property(policies, steps, (policy, history) => {
        const counter = after(policy, history);
        const { remaining, moreAfterMs, resetAfterMs } = counter.peek('a');
        expect(moreAfterMs).toBeLessThanOrEqual(resetAfterMs);
        if (remaining === capacityOf(policy)) return;
        expect(moreAfterMs).toBeGreaterThanOrEqual(1);
        counter.clock.advance(moreAfterMs - 1);
        expect(counter.peek('a').remaining).toBe(remaining);
        counter.clock.advance(1);
        expect(counter.peek('a').remaining).toBeGreaterThan(remaining);
      }),
      { numRuns: 300 },
    );
  });

  it('exactly the remaining units pass', () => {
    fc.assert(
      fc.property(policies, steps, (policy, history) => {
        const counter = after(policy, history);
        const { remaining, allowed } = counter.peek('a');
        expect(allowed).toBe(remaining > 0);
        if (remaining > 0) expect(counter.take('a', remaining)).toBe(true);
        expect(counter.take('a')).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('every number of a verdict is whole and within its bounds', () => {
    fc.assert(
      fc.property(
        policies,
        steps,
        fc.nat(15),
        fc.nat(5_000),
        (policy, history, cost, maxWaitMs) => {
          const counter = after(policy, history);
          const verdict = counter.decide('a', { cost, maxWaitMs });
          const { retryAfterMs, ...others } = verdict;
          const numbers = [
            others.remaining,
            others.resetAfterMs,
            others.moreAfterMs,
            others.waitMs,
          ];
          for (const number of numbers) {
            expect(Number.isSafeInteger(number)).toBe(true);
            expect(number).toBeGreaterThanOrEqual(0);
          }
          expect(verdict.limit).toBe(capacityOf(policy));
          expect(verdict.remaining).toBeLessThanOrEqual(verdict.limit);
          expect(verdict.waitMs).toBeLessThanOrEqual(maxWaitMs);
          expect(verdict.allowed).toBe(verdict.denial === null);
          if (verdict.allowed) expect(retryAfterMs).toBe(0);
          else if (cost > capacityOf(policy)) expect(retryAfterMs).toBe(Infinity);
          else expect(Number.isSafeInteger(retryAfterMs) && retryAfterMs > 0).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a changed limit', () => {
  it('keeps every number correct', () => {
    const changes = fc.tuple(policies, fc.integer({ min: 1, max: 12 }));
    fc.assert(
      fc.property(changes, past, ([policy, capacity], history) => {
        const counter = after(policy, history);
        counter.policy =
          policy.algorithm === 'token_bucket'
            ? { ...policy, burst: capacity }
            : { ...policy, limit: capacity };
        const { allowed, remaining, retryAfterMs, moreAfterMs } = counter.peek('a');
        expect(allowed).toBe(remaining > 0);
        expect(remaining).toBeLessThanOrEqual(capacity);
        if (remaining === capacity) return;
        if (!allowed) expect(retryAfterMs).toBe(moreAfterMs);
        counter.clock.advance(moreAfterMs - 1);
        expect(counter.peek('a').remaining).toBe(remaining);
        counter.clock.advance(1);
        expect(counter.peek('a').remaining).toBeGreaterThan(remaining);
      }),
      { numRuns: 300 },
    );
  });
});
