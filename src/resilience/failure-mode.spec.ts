import { describe, expect, it } from 'vitest';
import { bucket, slotsOf, windowOf } from '../../test/properties/counter.js';
import { degradedDecision } from './failure-mode.js';

describe('the answer of a failure mode', () => {
  it.each([
    ['fail_open', true, 0],
    ['fail_closed', false, 1_000],
  ] as const)('%s: allowed %s', (mode, allowed, retryAfterMs) => {
    expect(degradedDecision('api', bucket(5, 1), mode)).toEqual({
      limiterId: 'api',
      allowed,
      limit: 5,
      remaining: 0,
      retryAfterMs,
      resetAfterMs: retryAfterMs,
      reason: mode,
      degraded: true,
    });
  });

  it.each([
    [bucket(5, 1), 5],
    [windowOf(7, 1_000), 7],
    [slotsOf(3, 1_000), 3],
    [{ ...bucket(5, 1), concurrency: { maxConcurrent: 3, leaseMs: 1_000 } }, 5],
  ])('tells the limit of %j: %d', (policy, limit) => {
    expect(degradedDecision('api', policy, 'fail_open').limit).toBe(limit);
  });
});
