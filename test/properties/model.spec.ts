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

/** The cost and the longest wait of a step that sends a request; null for other steps. */
function requestOptionsOf(
  policy: RatePolicy,
  step: Step,
): { cost: number; maxWaitMs: number } | null {
  if (step.kind === 'peek') return { cost: 0, maxWaitMs: 0 };
  const cost = costOf(policy, step);
  if (step.kind === 'take') return { cost, maxWaitMs: 0 };
  return step.kind === 'reserve' ? { cost, maxWaitMs: timeOf(policy, step) * 5 } : null;
}

function follow(counter: Counter, model: Model, policy: RatePolicy, step: Step): void {
  const { identifier } = step;
  const nowMs = counter.clock.nowMs();
  const options = requestOptionsOf(policy, step);
  if (options !== null) {
    const verdict = counter.decide(identifier, options);
    expect(verdict).toMatchObject(
      model.of(identifier).decide(options.cost, options.maxWaitMs, nowMs),
    );
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
    reserveAndRelease(counter, identifier, costOf(policy, step));
  }
}

/** Reserves one unit and releases it at once: the model does not need to know. */
function reserveAndRelease(counter: Counter, identifier: string, waitSeconds: number): void {
  const options = { cost: 1, maxWaitMs: waitSeconds * 1_000 };
  const { allowed, reservation } = counter.decide(identifier, options);
  if (allowed) counter.release(identifier, options, reservation);
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
      'released reservations',
      histories(['wait', 'take', 'reserve', 'cancel', 'cancel'], identifiers),
    ],
    [
      'every kind of step for one identifier',
      histories(['wait', 'take', 'reserve', 'cancel', 'peek', 'reset']),
    ],
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
