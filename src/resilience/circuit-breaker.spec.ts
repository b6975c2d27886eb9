import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.js';

/** A breaker that opens at three failures, for a second; `random` is in the middle. */
function aBreaker(random = () => 0.5) {
  const changes: string[] = [];
  const breaker = new CircuitBreaker(
    { failureThreshold: 3, openMs: 1_000 },
    (from, to) => {
      changes.push(`${from} > ${to}`);
    },
    random,
  );
  const fail = (times: number, nowMs = 0): void => {
    for (let time = 0; time < times; time++) breaker.fail(nowMs);
  };
  return { breaker, changes, fail };
}

describe('a circuit breaker', () => {
  it('opens when the threshold of consecutive failures is reached', () => {
    const { breaker, changes, fail } = aBreaker();
    fail(2);
    expect(breaker.state).toBe('closed');
    fail(1, 500);
    expect(breaker.state).toBe('open');
    expect(breaker.probeAtMs).toBe(1_500);
    expect(changes).toEqual(['closed > open']);
  });

  it('restarts the count after a success', () => {
    const { breaker, changes, fail } = aBreaker();
    fail(2);
    breaker.succeed();
    fail(2);
    expect(breaker.state).toBe('closed');
    expect(changes).toEqual([]);
  });

  it('ignores failures of calls that were sent before it opened', () => {
    const { breaker, changes, fail } = aBreaker();
    fail(3, 0);
    fail(50, 900);
    expect(breaker.probeAtMs).toBe(1_000);
    expect(changes).toHaveLength(1);
  });

  it('lets one probe decide: its success closes, its failure opens for another pause', () => {
    const { breaker, changes, fail } = aBreaker();
    fail(3);
    breaker.tryOut();
    expect([breaker.state, breaker.probeAtMs]).toEqual(['half_open', null]);
    breaker.fail(1_000);
    expect([breaker.state, breaker.probeAtMs]).toEqual(['open', 2_000]);
    breaker.tryOut();
    breaker.succeed();
    expect(breaker.isClosed).toBe(true);
    expect(changes).toEqual([
      'closed > open',
      'open > half_open',
      'half_open > open',
      'open > half_open',
      'half_open > closed',
    ]);
  });

  it.each([
    [0, 800],
    [0.5, 1_000],
    [1, 1_200],
  ])('pauses up to a fifth shorter or longer: %d', (random, probeAtMs) => {
    const { breaker, fail } = aBreaker(() => random);
    fail(3);
    expect(breaker.probeAtMs).toBe(probeAtMs);
  });
});
