import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { release, take, windowOf, type Back, type Units } from './operations.js';
import { ScriptRunner } from './script-runner.js';
import { serverTimeOf } from './server-time.js';

/** The most that one call of the script may take of the server, in microseconds. */
const MOST_US = 5_000;

const LIMITS = [10, 1_000, 10_000, 100_000, 1_000_000];
const T_MS = 1_790_000_000_000;
const WINDOW_MS = 100_000;
const RUNS = 9;

let script: ScriptRunner;
beforeAll(async () => {
  script = await ScriptRunner.start();
});
beforeEach(() => script.command('FLUSHALL'));
afterAll(() => script.stop());

/** A window whose log is full, with at most 1,000 different moments, one a millisecond. */
class FullWindow {
  readonly units: Units;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.units = windowOf('k', limit, WINDOW_MS);
  }

  get step(): number {
    return Math.ceil(this.#limit / 1_000);
  }

  /** The last moment, in milliseconds. */
  get newest(): number {
    return T_MS + Math.ceil(this.#limit / this.step) - 1;
  }

  async fill(): Promise<void> {
    let left = this.#limit;
    for (let ms = T_MS; left > 0; ms++) {
      const cost = Math.min(left, this.step);
      await this.take(ms, cost);
      left -= cost;
    }
  }

  take(ms: number, cost: number, maxWaitMs = 0): Promise<readonly number[]> {
    return script.ask(ms * 1_000, take(this.units, { cost, maxWaitMs }));
  }

  release(ms: number, back: Back): Promise<unknown> {
    return script.run(ms * 1_000, release(this.units, back));
  }
}

/** Everything that is done to a full window; `run` counts from 0. */
const OPERATIONS: readonly (readonly [
  string,
  (window: FullWindow, run: number) => Promise<unknown>,
])[] = [
  ['a denied call', (window) => window.take(window.newest, 1)],
  ['a look', (window) => window.take(window.newest, 0)],
  [
    'a released reservation',
    async (window) => {
      const results = await window.take(window.newest, 1, WINDOW_MS);
      await window.release(window.newest, { cost: 1, reservation: results[6] ?? 0 });
    },
  ],
  [
    'the oldest units, released and taken again',
    async (window, run) => {
      await window.release(window.newest, { cost: window.step, reservation: T_MS + run });
      await window.take(window.newest, window.step);
    },
  ],
  [
    'units in the middle, released and taken again',
    async (window, run) => {
      const reservation = Math.floor((T_MS + window.newest) / 2) + run;
      await window.release(window.newest, { cost: window.step, reservation });
      await window.take(window.newest, window.step);
    },
  ],
  [
    'a refund, and a call after it',
    async (window) => {
      await window.release(window.newest, { cost: 1 });
      await window.take(window.newest, 1);
    },
  ],
  [
    'calls after half of it has expired',
    (window, run) => {
      const middle = Math.floor((window.newest - T_MS) / 2);
      return window.take(T_MS + WINDOW_MS + middle + run, window.step);
    },
  ],
];

describe.each(LIMITS)('D1: the time of the server for a full window of %i', (limit) => {
  it('is bounded for every operation', async () => {
    const window = new FullWindow(limit);
    const times: Record<string, number> = {};
    await window.fill();
    for (const [name, perform] of OPERATIONS) {
      times[name] = await serverTimeOf(script, RUNS, (run) => perform(window, run));
    }
    expect(Object.entries(times).filter(([, us]) => !(us <= MOST_US))).toEqual([]);
  });

  it('is bounded for all of its units at once, and for a log that grows', async () => {
    const units = windowOf('k', limit, WINDOW_MS);
    const whole = await serverTimeOf(script, RUNS, async () => {
      await script.command('DEL', 'k');
      await script.ask(T_MS * 1_000, take(units, { cost: limit }));
    });
    const half = Math.ceil(limit / 2);
    const grown = await serverTimeOf(script, RUNS, async () => {
      await script.command('DEL', 'k');
      await script.ask(T_MS * 1_000, take(units, { cost: half }));
      await script.ask(T_MS * 1_000, take(units, { cost: 1 }));
    });
    const smaller = await serverTimeOf(script, RUNS, async () => {
      await script.ask(T_MS * 1_000, take(units, { cost: 1 }));
      const lowered = windowOf('k', Math.max(1, half - 1), WINDOW_MS);
      await script.ask((T_MS + WINDOW_MS) * 1_000, take(lowered));
    });
    expect([whole, grown, smaller].filter((us) => !(us <= MOST_US))).toEqual([]);
  });
});
