import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../src/core/decision.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { callsOf, CommandTap } from './faults/commands.js';
import { closeSubjects, rateSyncOver } from './topology-subject.js';

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterEach(closeSubjects);
afterAll(() => server.stop());

async function aLimiter(): Promise<(count: number) => readonly Promise<Decision>[]> {
  const store = { url: `redis://127.0.0.1:${String(server.port)}` };
  const limiter = (await rateSyncOver(store)).limiters.get('bucket');
  await limiter.consume('first');
  await server.command('CONFIG', 'RESETSTAT');
  return (count) =>
    Array.from({ length: count }, (_, index) => limiter.consume(`caller-${String(index)}`));
}

describe('decisions of one turn of the event loop', () => {
  it.for([
    [1, 1],
    [7, 1],
    [8, 1],
    // Half of all requests in flight are sent early: 8, 8, 16, 32.
    [64, 4],
    // No call holds more than 64: 8, 8, 16, 32, and three times 64.
    [256, 7],
  ] as const)('%i of them travel in %i calls', async ([decisions, calls]) => {
    const ask = await aLimiter();
    const answers = await Promise.all(ask(decisions));
    expect(answers.filter(({ degraded }) => degraded)).toEqual([]);
    expect(await callsOf(server, 'evalsha')).toBe(calls);
  });

  it('are with the server before a long turn is over, as soon as they are worth a call', async () => {
    const ask = await aLimiter();
    const tap = await CommandTap.open(server);
    const answers = ask(8);
    const endMs = performance.now() + 100;
    while (performance.now() < endMs);
    const turnEndMs = Date.now();
    await Promise.all(answers);
    await expect.poll(() => tap.having('"evalsha"').length).toBe(1);
    const [line = ''] = tap.having('"evalsha"');
    tap.close();
    expect(Number(line.replace(/^\+(\S+) .*/s, '$1')) * 1_000).toBeLessThan(turnEndMs);
  });
});
