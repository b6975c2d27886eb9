import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RatePolicy } from '../../src/core/policy.js';
import type { Verdict } from '../../src/core/store.js';
import { capacityOf, costOf, histories, policies, timeOf, type Step } from './arbitraries.js';
import { aStore, Counter, type RequestOptions } from './counter.js';

/** Two limiters of one store, so that composites can be denied. */
class Pair {
  readonly first: Counter;
  readonly second: Counter;
  readonly #under = aStore();

  constructor(policy: RatePolicy) {
    this.first = new Counter(policy, this.#under, 'first');
    this.second = new Counter(policy, this.#under, 'second');
  }

  advance(byMs: number): void {
    this.#under.clock.advance(byMs);
  }

  together(mode: 'all' | 'any', ...requests: readonly (readonly [Counter, RequestOptions])[]) {
    const batch = requests.map(([counter, options]) => counter.request('a', options));
    return this.#under.store.decide(batch, mode);
  }

  get size(): number {
    return this.#under.store.usage().keys;
  }
}

/**
 * Runs a history twice: once unchanged, once with `disturb` after every step. Every verdict must
 * be the same.
 */
function expectSame(policy: RatePolicy, steps: readonly Step[], disturb: (pair: Pair) => void) {
  const [calm, disturbed] = [new Pair(policy), new Pair(policy)];
  const follow = (pair: Pair, step: Step): Verdict | null => {
    const cost = costOf(policy, step);
    if (step.kind === 'wait') pair.advance(timeOf(policy, step));
    else if (step.kind === 'take') return pair.first.decide('a', { cost });
    else if (step.kind === 'reserve') return pair.first.decide('a', { cost, maxWaitMs: 2_000 });
    else if (step.kind === 'refund') pair.first.release('a', { cost });
    return null;
  };
  for (const step of steps) {
    expect(follow(disturbed, step)).toEqual(follow(calm, step));
    disturb(disturbed);
    expect(disturbed.first.peek('a')).toEqual(calm.first.peek('a'));
    expect(disturbed.second.peek('a')).toMatchObject({ remaining: capacityOf(policy) });
    // Fewer when a call removed an expired identifier.
    expect(disturbed.size).toBeLessThanOrEqual(calm.size);
  }
}

const steps = histories(['wait', 'take', 'take', 'reserve', 'refund']);

describe('nothing is changed', () => {
  it('by a peek', () => {
    fc.assert(
      fc.property(policies, steps, (policy, history) => {
        expectSame(policy, history, (pair) => {
          pair.first.peek('a');
          pair.first.decide('a', { cost: 0, maxWaitMs: 5_000 });
          pair.second.peek('a');
        });
      }),
    );
  });

  it('by a denied call', () => {
    fc.assert(
      fc.property(policies, steps, fc.integer({ min: 1, max: 12 }), (policy, history, more) => {
        expectSame(policy, history, (pair) => {
          const { remaining } = pair.first.peek('a');
          expect(pair.first.take('a', remaining + more)).toBe(false);
          expect(pair.first.take('a', capacityOf(policy) + more)).toBe(false);
        });
      }),
    );
  });

  it.each(['all', 'any'] as const)('by a denied composite of mode %s', (mode) => {
    fc.assert(
      fc.property(policies, steps, fc.boolean(), (policy, history, swapped) => {
        expectSame(policy, history, (pair) => {
          const tooMuch = { cost: capacityOf(policy) + 1 };
          const { remaining } = pair.first.peek('a');
          const fits = { cost: mode === 'all' ? Math.max(remaining, 1) : remaining + 1 };
          const requests = [[pair.first, fits] as const, [pair.second, tooMuch] as const];
          const verdicts = pair.together(mode, ...(swapped ? requests.reverse() : requests));
          expect(verdicts.every(({ allowed }) => allowed)).toBe(false);
        });
      }),
    );
  });

  it('by units that are taken and released at once', () => {
    fc.assert(
      fc.property(policies, steps, (policy, history) => {
        expectSame(policy, history, (pair) => {
          const { remaining } = pair.first.peek('a');
          if (remaining === 0) return;
          const { reservation } = pair.first.decide('a', { cost: remaining });
          pair.first.release('a', { cost: remaining }, reservation);
          pair.first.take('a', remaining);
          pair.first.release('a', { cost: remaining });
        });
      }),
    );
  });
});

describe('a cost of n', () => {
  it('equals n costs of 1: the units left and the times are the same', () => {
    fc.assert(
      fc.property(policies, steps, (policy, history) => {
        const [atOnce, oneByOne] = [new Counter(policy), new Counter(policy)];
        for (const step of history) {
          const cost = costOf(policy, step);
          if (step.kind === 'wait') {
            for (const { clock } of [atOnce, oneByOne]) clock.advance(timeOf(policy, step));
          } else if (step.kind === 'take' && cost <= oneByOne.peek('a').remaining) {
            expect(atOnce.take('a', cost)).toBe(true);
            for (let unit = 0; unit < cost; unit++) expect(oneByOne.take('a')).toBe(true);
          } else {
            expect(atOnce.take('a', atOnce.peek('a').remaining + 1)).toBe(false);
          }
          expect(atOnce.peek('a')).toEqual(oneByOne.peek('a'));
        }
      }),
    );
  });

  it('is refunded like n refunds of 1', () => {
    const sizes = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(policies, steps, sizes, (policy, history, cost) => {
        const counters = [new Counter(policy), new Counter(policy)] as const;
        for (const step of history) {
          for (const counter of counters) {
            if (step.kind === 'wait') counter.clock.advance(timeOf(policy, step));
            else if (step.kind === 'take') counter.take('a', costOf(policy, step));
          }
        }
        counters[0].release('a', { cost });
        for (let unit = 0; unit < cost; unit++) counters[1].release('a', { cost: 1 });
        expect(counters[0].peek('a')).toEqual(counters[1].peek('a'));
      }),
    );
  });
});
