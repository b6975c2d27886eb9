import { describe, expect, it } from 'vitest';
import { degradedDecision } from './failure-mode.js';

describe('the decision of a failure mode', () => {
  it.each([
    ['fail_open', true, 0],
    ['fail_closed', false, 1_000],
  ] as const)('%s: allowed %s', (mode, allowed, retryAfterMs) => {
    expect(degradedDecision('api', 5, mode)).toEqual({
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
});
