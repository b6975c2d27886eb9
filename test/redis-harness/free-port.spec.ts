import { describe, expect, it } from 'vitest';
import { freePort } from '../support/redis/free-port.js';

describe('free ports', () => {
  it('are different each time, and below those that the system hands out', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
    expect(new Set(ports).size).toBe(50);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...ports)).toBeLessThan(30_000);
  });
});
