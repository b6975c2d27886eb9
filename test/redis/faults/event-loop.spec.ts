import { setTimeout as sleep } from 'node:timers/promises';
import type { Decision } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { callsOf } from './commands.js';
import { unhandled, type FaultApp } from './fault-app.js';
import { setUp } from './fixture.js';

const BLOCKED_MS = 600;

function block(): void {
  const endMs = performance.now() + BLOCKED_MS;
  while (performance.now() < endMs);
}

const asked = (app: FaultApp, count: number, caller = 'ada'): readonly Promise<Decision>[] =>
  Array.from({ length: count }, () => app.ask('closed', caller));

/** When the event loop is blocked: `ask` is called first, at the moment that the case is about. */
type Moment = (ask: (count?: number) => void, app: FaultApp) => unknown;

const MOMENTS: readonly (readonly [string, Moment])[] = [
  [
    'in the turn in which decisions are asked',
    (ask) => {
      ask();
      block();
    },
  ],
  [
    'between two parts of what a turn asks, which are worth a call together',
    (ask) => {
      ask(5);
      block();
      ask();
    },
  ],
  [
    'as they are on their way',
    async (ask) => {
      ask();
      await new Promise((next) => setImmediate(next));
      block();
    },
  ],
  [
    'by the timer that asks',
    (ask) =>
      new Promise<void>((done) => {
        setTimeout(() => {
          ask();
          block();
          done();
        }, 5);
      }),
  ],
  [
    'by what runs when another answer has come',
    async (ask, app) => {
      await app.ask('open', 'bob');
      ask();
      block();
    },
  ],
];

// One after the other: a blocked event loop is blocked for everybody.
describe('an event loop that is blocked for 600 ms', () => {
  it.for(MOMENTS)('F37: %s: a healthy server is not late', async ([, moment], test) => {
    const patience = { limiter: { timeout: 0.3 }, store: { decisionTimeout: 0.3 } };
    const { app } = await setUp(test, { name: 'f37', isDirect: true, ...patience });
    await app.ask('closed', 'ada');
    const answers: Promise<Decision>[] = [];
    await moment((count = 20) => answers.push(...asked(app, count)), app);
    const decisions = await Promise.all(answers);
    expect(decisions.filter(({ degraded }) => degraded)).toEqual([]);
    await sleep(50);
    expect(app.witness.path).toEqual([]);
    expect(app.errorLines).toEqual([]);
  });
});

describe('ten thousand decisions in one turn', () => {
  const patient = { store: { decisionTimeout: 10, denyCacheSeconds: 0 }, isDirect: true } as const;

  it('F38: are all made, and exactly the limit passes', async (test) => {
    const limiter = { limit: 300, timeout: 10 };
    const { app } = await setUp(test, { name: 'f38', ...patient, limiter });
    const decisions = await Promise.all(asked(app, 10_000));
    expect(decisions.filter(({ degraded }) => degraded).length).toBe(0);
    expect(decisions.filter(({ allowed }) => allowed).length).toBe(300);
    expect(unhandled).toEqual([]);
  });

  it('F38: are all answered when the server does not reply, with few calls in flight', async (test) => {
    const { server, proxy, app } = await setUp(test, { name: 'f38-stall' });
    await app.ask('closed', 'ada');
    await server.command('CONFIG', 'RESETSTAT');
    proxy.set('stall');
    const callers = Array.from({ length: 10_000 }, (_, index) => `caller-${String(index)}`);
    const decisions = await Promise.all(callers.map((caller) => app.ask('closed', caller)));
    expect(decisions.filter(({ degraded, allowed }) => degraded && !allowed).length).toBe(10_000);
    proxy.set('pass');
    await sleep(500);
    // 64 calls with decisions, and a few probes.
    expect(await callsOf(server, 'evalsha')).toBeLessThanOrEqual(64 + 4);
    expect(unhandled).toEqual([]);
  });

  it('F38: are all answered when there is no room for them', async (test) => {
    const { proxy, app } = await setUp(test, { name: 'f38-full' });
    await app.ask('closed', 'ada');
    proxy.set('stall');
    const decisions = await Promise.all(asked(app, 25_000));
    expect(decisions.filter(({ degraded, allowed }) => degraded && !allowed).length).toBe(25_000);
    expect([...app.witness.degraded.keys()].sort()).toEqual(['overload/null', 'timeout/null']);
    proxy.set('pass');
    expect(unhandled).toEqual([]);
  });
});
