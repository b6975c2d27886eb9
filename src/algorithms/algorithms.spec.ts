import { describe, expect, it } from 'vitest';
import { bucket, slotsOf, windowOf } from '../../test/properties/counter.js';
import { algorithmOf, capacityOf, recoveryMsOf } from './algorithms.js';
import { gcra } from './gcra.js';
import { slidingWindow } from './sliding-window.js';

describe('the table of algorithms', () => {
  it.each([
    [bucket(5, 1), 5],
    [windowOf(7, 1_000), 7],
    [slotsOf(3, 1_000), 3],
    [{ ...bucket(5, 1), concurrency: { maxConcurrent: 3, leaseMs: 1_000 } }, 5],
  ])('has the capacity of %j: %d', (policy, capacity) => {
    expect(capacityOf(policy)).toBe(capacity);
  });

  it.each([
    [bucket(5, 2), 2_500],
    [bucket(1, 3), 333.333],
    [windowOf(7, 60_000), 60_000],
    [slotsOf(3, 30_000), 30_000],
  ])('has the recovery time of %j: %d ms', (policy, recoveryMs) => {
    expect(recoveryMsOf(policy)).toBe(recoveryMs);
  });

  it('has an algorithm for each policy that counts units', () => {
    expect(algorithmOf(bucket(5, 1))).toBe(gcra);
    expect(algorithmOf(windowOf(7, 1_000))).toBe(slidingWindow);
  });
});
