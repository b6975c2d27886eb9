import { describe, expect, it } from 'vitest';
import { aRateSync } from '../../test/support/limiters.js';
import type { DecisionEvent, DecisionObserver, DegradedEvent } from '../core/events.js';
import { TestStore } from '../testing/test-store.js';

const config = {
  stores: { main: { strategy: 'memory' } },
  limiters: { api: { ratePerSecond: 5, burst: 5 } },
} as const;

/** Enough calls for quadratic work to take minutes. */
const MANY = 50_000;

/** Reads the same fields of each decision as the log. */
class Reader implements DecisionObserver {
  read = 0;
  readonly degraded: DegradedEvent[] = [];

  onDenied({ decisions, failures, identifiers }: DecisionEvent): void {
    decisions.forEach((_, index) => {
      if (failures[index] != null && identifiers[index] !== undefined) this.read += 1;
    });
  }

  onDegraded(event: DegradedEvent): void {
    this.degraded.push(event);
  }
}

async function failing() {
  const reader = new Reader();
  const store = new TestStore().fail('oom');
  const { rateSync } = await aRateSync(config, {
    observers: [reader],
    openStore: store.openStore,
  });
  return { reader, rateSync };
}

describe('a degraded call with thousands of limits', () => {
  it('D5: a pipeline is read in linear time, and reported as one event', async () => {
    const { reader, rateSync } = await failing();
    const pipeline = rateSync.limiters.pipeline();
    for (let call = 0; call < MANY; call++) pipeline.consume('api', String(call));
    expect(await pipeline.execute()).toHaveLength(MANY);
    expect(reader.read).toBe(MANY);
    expect(reader.degraded.map(({ limiterIds, kind }) => [limiterIds.length, kind])).toEqual([
      [MANY, 'oom'],
    ]);
  });

  it('D5: a composite is built and read in linear time', async () => {
    const { reader, rateSync } = await failing();
    const requests = Array.from({ length: MANY }, (_, index) => ({
      limiter: 'api',
      identifier: String(index),
    }));
    const { decisions } = await rateSync.limiters.consumeAll(requests);
    expect(decisions).toHaveLength(MANY);
    expect(reader.read).toBe(MANY);
  });

  it('D5: returns the same list on every read', async () => {
    const lists: unknown[] = [];
    const observer: DecisionObserver = {
      onDecision: (event) => {
        lists.push(event.failures, event.failures, event.identifiers, event.identifiers);
      },
    };
    const { rateSync } = await aRateSync(config, { observers: [observer] });
    await rateSync.limiters.get('api').consume('a');
    expect(lists[0]).toBe(lists[1]);
    expect(lists[2]).toBe(lists[3]);
  });
});
