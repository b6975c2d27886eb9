import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RatePolicy } from '../../src/core/policy.js';
import {
  buckets,
  capacityOf,
  costOf,
  histories,
  policies,
  timeOf,
  windows,
} from './arbitraries.js';
import { aStore, Counter } from './counter.js';
import { excess, type Passed } from './rules.js';

const startMs = fc.oneof(
  fc.constantFrom(0, 1, 1_000_000, 366 * 86_400_000),
  fc.double({ min: 0, max: 1e7, noNaN: true }),
);

/** A moment by the resolution of an algorithm: whole milliseconds for a sliding window. */
function clockOf(policy: RatePolicy, nowMs: number): number {
  return policy.algorithm === 'sliding_window' ? Math.floor(nowMs) : nowMs;
}

describe.each([
  ['a sliding window', windows],
  ['a token bucket', buckets],
])('%s', (_, anyPolicy) => {
  it.each([
    ['whole milliseconds', true],
    ['fractions of milliseconds', false],
  ])('never exceeds its limit in any interval, at %s', (__, whole) => {
    fc.assert(
      fc.property(
        anyPolicy,
        histories(['wait', 'take', 'take']),
        startMs,
        (policy, steps, start) => {
          const counter = new Counter(policy, aStore(undefined, whole ? Math.floor(start) : start));
          const log: Passed[] = [];
          for (const step of steps) {
            if (step.kind === 'wait') counter.clock.advance(timeOf(policy, step, whole));
            else if (counter.take('a', costOf(policy, step))) {
              log.push({
                atMs: clockOf(policy, counter.clock.nowMs()),
                units: costOf(policy, step),
              });
            }
          }
          expect(excess(policy, log)).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never exceeds its limit when every denied call returns after its retryAfterMs', () => {
    const costs = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(anyPolicy, costs, startMs, (policy, sizes, start) => {
        const counter = new Counter(policy, aStore(undefined, Math.floor(start)));
        const log: Passed[] = [];
        for (const size of sizes) {
          const units = costOf(policy, { kind: 'take', identifier: 'a', size });
          const first = counter.decide('a', { cost: units });
          counter.clock.advance(first.retryAfterMs);
          // A call that waits for its retryAfterMs is never denied twice.
          if (!first.allowed) expect(counter.take('a', units)).toBe(true);
          log.push({ atMs: counter.clock.nowMs(), units });
        }
        expect(excess(policy, log)).toBe(0);
      }),
    );
  });

  it('allows as much as its limit: every denied call would have exceeded it', () => {
    fc.assert(
      fc.property(anyPolicy, histories(['wait', 'take', 'take']), (policy, steps) => {
        const counter = new Counter(policy);
        const log: Passed[] = [];
        for (const step of steps) {
          if (step.kind === 'wait') counter.clock.advance(timeOf(policy, step));
          else {
            const units = costOf(policy, step);
            const next = { atMs: counter.clock.nowMs(), units };
            const passed = counter.take('a', units);
            if (passed) log.push(next);
            // A bucket may deny a little early, because its interval is rounded up.
            else if (policy.algorithm === 'sliding_window') {
              expect(excess(policy, [...log, next])).toBeGreaterThan(0);
            }
          }
        }
      }),
    );
  });
});

describe('changed limits', () => {
  it('keep every count: no window has more than the larger of the limits', () => {
    const changes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        windows,
        changes,
        histories(['wait', 'take', 'take']),
        (policy, limits, steps) => {
          const counter = new Counter(policy);
          const log: Passed[] = [];
          steps.forEach((step, index) => {
            const limit = limits[index % limits.length]!;
            const present = { ...policy, limit };
            counter.policy = present;
            if (step.kind === 'wait') counter.clock.advance(timeOf(policy, step));
            else {
              const units = costOf(present, step);
              if (!counter.take('a', units)) return;
              log.push({ atMs: counter.clock.nowMs(), units });
              // An allowed call leaves no more in its window than the limit that allowed it.
              const inWindow = log.filter(
                ({ atMs }) => atMs > counter.clock.nowMs() - policy.windowMs,
              );
              expect(inWindow.reduce((sum, each) => sum + each.units, 0)).toBeLessThanOrEqual(
                limit,
              );
            }
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('1,000 racers', () => {
  it('never pass more than the capacity at one moment', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const counter = new Counter(policy);
        const passed = Array.from({ length: 1_000 }, () => counter.take('a')).filter(Boolean);
        expect(passed).toHaveLength(capacityOf(policy));
      }),
      { numRuns: 30 },
    );
  });
});
