import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '../../support/redis/redis-server.js';
import { Crew } from './workers.js';
import type { Flooded } from './worker.js';

const LIMIT = 5;

/** A window that nothing leaves while a case runs. */
const window = { storeId: 'main', algorithm: 'sliding_window', windowSeconds: 600 } as const;

/** What is asked of a process, which is busy in between. */
const FLOODS = [
  { name: '2,000 requests at once', callers: 2_000, rounds: 1, workMs: 0.5 },
  { name: '1,000 callers with work after each answer', callers: 1_000, rounds: 8, workMs: 0.3 },
  { name: '8,000 callers', callers: 8_000, rounds: 2, workMs: 0.05 },
] as const;

describe('D2: a process that is too busy to listen, on a healthy server', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  afterAll(() => server.stop());

  const cases = FLOODS.flatMap((flood) =>
    [false, true].flatMap((failClosed) =>
      [0, 1].map((denyCacheSeconds) => ({ ...flood, failClosed, denyCacheSeconds })),
    ),
  );

  it.for(cases)(
    '$name (fail closed: $failClosed, deny cache: $denyCacheSeconds s): exactly the limit passes, and the breaker stays closed',
    async ({ callers, rounds, workMs, failClosed, denyCacheSeconds }, test) => {
      await server.command('FLUSHALL');
      const crew = await Crew.start(1);
      test.onTestFinished(() => crew.end());
      await crew.ask(0, {
        do: 'open',
        url: server.url,
        limiters: { login: { ...window, limit: LIMIT, failClosed } },
        store: { denyCacheSeconds },
      });
      const flooded = await crew.ask<Flooded>(0, {
        do: 'flood',
        limiter: 'login',
        callers,
        rounds,
        workMs,
      });
      expect(flooded).toEqual({ passed: LIMIT, degraded: 0, circuit: [] });
    },
  );
});
