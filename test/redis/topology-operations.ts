import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { RateSync } from '../../src/runtime/rate-sync.js';

/** Runs every operation of limiters, and expects the store to have decided each time. */
export async function expectEveryOperation(rateSync: RateSync): Promise<void> {
  const who = randomUUID();
  await expectUnits(rateSync, 'bucket', who);
  await expectUnits(rateSync, 'window', who);
  await expectSlots(rateSync, who);
  await expectTogether(rateSync, who);
}

async function expectUnits(rateSync: RateSync, limiterId: string, who: string): Promise<void> {
  const limiter = rateSync.limiters.get(limiterId);
  expect(await limiter.consume(who, { cost: 3 })).toMatchObject({ reason: 'within_limit' });
  expect(await limiter.consume(who)).toMatchObject({ reason: 'over_limit', degraded: false });
  await limiter.refund(who, 2);
  expect(await limiter.peek(who)).toMatchObject({ remaining: 2, degraded: false });
  await limiter.reset(who);
  expect(await limiter.peek(who)).toMatchObject({ remaining: 3, degraded: false });
}

async function expectSlots(rateSync: RateSync, who: string): Promise<void> {
  const jobs = rateSync.limiters.get('jobs');
  const lease = await jobs.tryAcquire(who);
  expect(lease).toMatchObject({ degraded: false });
  await jobs.run(who, async () => {
    expect(await jobs.tryAcquire(who)).toBeNull();
  });
  await lease?.release();
  expect(await jobs.peek(who)).toMatchObject({ remaining: 2, degraded: false });
}

async function expectTogether(rateSync: RateSync, who: string): Promise<void> {
  const requests = ['bucket', 'window'].map((limiter) => ({ limiter, identifier: who }));
  const { allowed, decisions } = await rateSync.limiters.consumeAll(requests);
  expect(allowed).toBe(true);
  expect(decisions.map(({ reason }) => reason)).toEqual(['within_limit', 'within_limit']);
  const pipeline = rateSync.limiters.pipeline();
  for (const limiter of ['bucket', 'window', 'many']) pipeline.consume(limiter, who);
  const piped = await pipeline.execute();
  expect(piped.map(({ reason }) => reason)).toEqual(Array(3).fill('within_limit'));
}

/** Whether the store decides over a new identifier. */
export async function works(rateSync: RateSync): Promise<boolean> {
  return !(await rateSync.limiters.get('many').consume(randomUUID())).degraded;
}
