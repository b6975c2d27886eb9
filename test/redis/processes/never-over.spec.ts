import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LimiterConfig } from '../../../src/config/index.js';
import { eventually } from '../../support/http/eventually.js';
import { RedisServer } from '../../support/redis/redis-server.js';
import { Crew } from './workers.js';
import type { Tally } from './worker.js';

const PROCESSES = 4;
const TIMES = 40;

/** Limits whose window, or whose refill, lasts longer than the test. */
const limiters: Record<string, LimiterConfig> = {
  window: { algorithm: 'sliding_window', limit: 50, windowSeconds: 3_600 },
  wide: { algorithm: 'sliding_window', limit: 500, windowSeconds: 3_600 },
  bucket: { ratePerSecond: 0.001, burst: 50 },
  turns: { ratePerSecond: 20, burst: 1 },
  slot: { maxConcurrent: 1, leaseSeconds: 1 },
};
const LIMITS = { window: 50, wide: 500, bucket: 50 };

let server: RedisServer;
let crew: Crew;

beforeAll(async () => {
  server = await RedisServer.start();
  crew = await Crew.start(PROCESSES);
  await crew.askAll(() => ({ do: 'open', url: server.url, limiters }));
});
beforeEach(() => server.command('FLUSHALL'));
afterAll(async () => {
  await crew.end();
  await server.stop();
});

/** Has all processes ask for the same identifier, each with ten at a time. */
function hammer(limiter: string, identifier = 'everybody'): Promise<readonly Tally[]> {
  return crew.askAll<Tally>(() => ({ do: 'hammer', limiter, identifier, times: TIMES }));
}

function sum(tallies: readonly Tally[], field: keyof Tally): number {
  return tallies.reduce((total, tally) => total + tally[field], 0);
}

describe.each(Object.entries(LIMITS))('four processes on one identifier of %s', (name, limit) => {
  it('are allowed exactly as often as the limit permits', async () => {
    const tallies = await hammer(name);
    expect(sum(tallies, 'allowed')).toBe(limit);
    expect(sum(tallies, 'degraded')).toBe(0);
  });

  it('are, while the server forgets the script again and again', async () => {
    const hammering = hammer(name);
    for (let time = 0; time < 20; time++) {
      await server.command('SCRIPT', 'FLUSH');
    }
    const tallies = await hammering;
    expect(sum(tallies, 'allowed')).toBe(limit);
    expect(sum(tallies, 'degraded')).toBe(0);
  });

  it('are never let through more often, while their connections are lost', async () => {
    const hammering = hammer(name);
    for (let time = 0; time < 5; time++) {
      await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(sum(await hammering, 'allowed')).toBeLessThanOrEqual(limit);
    await eventually(async () => sum(await hammer(name), 'degraded')).toBe(0);
  });
});

describe('the clock that decides', () => {
  it('is that of the server, whatever the processes think the time is', async () => {
    await crew.askAll((index) => ({ do: 'skew', byMs: (index - 1) * 600_000 }));
    for (const [name, limit] of Object.entries(LIMITS)) {
      expect(sum(await hammer(name), 'allowed')).toBe(limit);
    }
  });
});

describe('waiting callers', () => {
  it('gets a turn of its own, one after the other across processes, for one round trip each', async () => {
    await server.command('CONFIG', 'RESETSTAT');
    const turns = await crew.askAll<readonly number[]>(() => ({
      do: 'acquire',
      limiter: 'turns',
      times: 5,
      timeoutMs: 30_000,
    }));
    const inOrder = turns.flat().sort((a, b) => a - b);
    expect(inOrder).toHaveLength(20);
    const span = (inOrder.at(-1) ?? 0) - (inOrder[0] ?? 0);
    // 20 turns at 20 per second, of which the first comes at once.
    expect(span).toBeGreaterThan(850);
    const stats = String(await server.command('INFO', 'commandstats'));
    const calls = Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]);
    expect(calls).toBeLessThanOrEqual(20);
  });

  it('wait until the lease of a killed holder ends', async () => {
    expect(await crew.ask(0, { do: 'hold', limiter: 'slot' })).toBe(true);
    expect(await crew.ask(1, { do: 'hold', limiter: 'slot' })).toBe(false);
    // It is renewed while its holder lives, and so outlives its own second.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await crew.ask(1, { do: 'hold', limiter: 'slot' })).toBe(false);
    await crew.kill(0);
    await eventually(() => crew.ask(1, { do: 'hold', limiter: 'slot' })).toBe(true);
  });
});
