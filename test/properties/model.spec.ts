import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RatePolicy } from '../../src/core/policy.js';
import { costOf, histories, policies, timeOf, type Step } from './arbitraries.js';
import { Counter } from './counter.js';
import { naiveCount, type NaiveCount } from './naive-model.js';

/** A naive model of a limiter: a count for each identifier. */
class Model {
  readonly #policy: RatePolicy;
  readonly #counts = new Map<string, NaiveCount>();

  constructor(policy: RatePolicy) {
    this.#policy = policy;
  }

  of(identifier: string): NaiveCount {
    const count = this.#counts.get(identifier) ?? naiveCount(this.#policy);
    this.#counts.set(identifier, count);
    return count;
  }

  reset(identifier: string): void {
    this.#counts.delete(identifier);
  }
}

/** The cost and the patience of a step that asks, or null. */
function wishOf(policy: RatePolicy, step: Step): { cost: number; maxWaitMs: number } | null {
  if (step.kind === 'peek') return { cost: 0, maxWaitMs: 0 };
  const cost = costOf(policy, step);
  if (step.kind === 'take') return { cost, maxWaitMs: 0 };
  return step.kind === 'reserve' ? { cost, maxWaitMs: timeOf(policy, step) * 5 } : null;
}

function follow(counter: Counter, model: Model, policy: RatePolicy, step: Step): void {
  const { identifier } = step;
  const nowMs = counter.clock.nowMs();
  const wish = wishOf(policy, step);
  if (wish !== null) {
    const verdict = counter.ask(identifier, wish);
    expect(verdict).toMatchObject(model.of(identifier).ask(wish.cost, wish.maxWaitMs, nowMs));
  } else if (step.kind === 'wait') {
    counter.clock.advance(timeOf(policy, step));
  } else if (step.kind === 'reset') {
    counter.reset(identifier);
    model.reset(identifier);
  } else if (step.kind === 'refund') {
    const cost = costOf(policy, step);
    counter.release(identifier, { cost });
    model.of(identifier).refund(cost, nowMs);
  } else if (step.kind === 'cancel') {
    bookAndCancel(counter, identifier, costOf(policy, step));
  }
}

/** Takes a reservation of one unit and hands it back at once: the model need not know of it. */
function bookAndCancel(counter: Counter, identifier: string, patience: number): void {
  const wish = { cost: 1, maxWaitMs: patience * 1_000 };
  const { allowed, reservation } = counter.ask(identifier, wish);
  if (allowed) counter.release(identifier, wish, reservation);
}

const identifiers = ['a', 'b', 'c'];

describe('the memory store and a naive model', () => {
  it.each([
    [
      'calls, refunds and resets',
      histories(['wait', 'take', 'take', 'peek', 'refund', 'reset'], identifiers),
    ],
    [
      'calls and reservations',
      histories(['wait', 'take', 'reserve', 'reserve', 'peek', 'reset'], identifiers),
    ],
    [
      'reservations that are handed back',
      histories(['wait', 'take', 'reserve', 'cancel', 'cancel'], identifiers),
    ],
    ['everything for one', histories(['wait', 'take', 'reserve', 'cancel', 'peek', 'reset'])],
  ])('agree on every field of every verdict: %s', (_, steps) => {
    fc.assert(
      fc.property(policies, steps, (policy, history) => {
        const counter = new Counter(policy);
        const model = new Model(policy);
        for (const step of history) follow(counter, model, policy, step);
      }),
      { numRuns: 500 },
    );
  });
});
