import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { slidingWindow } from '../../src/algorithms/sliding-window.js';
import { momentsOf } from '../support/window-logs.js';
import { release, take, windowOf } from './operations.js';
import { ScriptRunner } from './script-runner.js';
import { readWindow } from './window-state.js';

const T_MS = 1_790_000_000_000;
const WINDOW_MS = 1_000;

let script: ScriptRunner;
beforeAll(async () => {
  script = await ScriptRunner.start();
});
afterAll(() => script.stop());

interface Grant {
  readonly reservation: number;
  readonly cost: number;
}

/** The algorithm in process memory and the script, which must keep the same log. */
class Twins {
  readonly #policy;
  readonly #units;
  readonly #grants: Grant[] = [];
  #log = slidingWindow.fresh();
  #nowMs = T_MS;

  constructor(limit: number) {
    this.#policy = { algorithm: 'sliding_window', limit, windowMs: WINDOW_MS } as const;
    this.#units = windowOf('k', limit, WINDOW_MS);
  }

  wait(byMs: number): void {
    this.#nowMs += byMs;
  }

  async take(cost: number, maxWaitMs: number): Promise<void> {
    const verdict = slidingWindow.evaluate(
      this.#log,
      this.#policy,
      { cost, maxWaitMs },
      this.#nowMs,
    );
    const results = await script.ask(this.#nowMs * 1_000, take(this.#units, { cost, maxWaitMs }));
    expect(results[0]).toBe(verdict.allowed ? 1 : 0);
    if (!verdict.allowed) return;
    this.#log = slidingWindow.commit(this.#log, this.#policy, cost, verdict);
    this.#grants.push({ reservation: verdict.reservation, cost });
  }

  /** Returns the grant that is so many before the newest; beyond the first one, a refund. */
  async release(age: number): Promise<void> {
    const [grant] = this.#grants.splice(this.#grants.length - 1 - age, 1);
    const { reservation = null, cost = 3 } = grant ?? {};
    this.#log = slidingWindow.release(this.#log, this.#policy, cost, reservation, this.#nowMs);
    const back = reservation === null ? { cost } : { cost, reservation };
    await script.run(this.#nowMs * 1_000, release(this.#units, back));
  }

  async compare(): Promise<void> {
    const isThere = (await script.command('EXISTS', 'k')) === 1;
    const left = isThere ? readWindow(await script.bytes('k')).moments : [];
    const oldestMs = this.#nowMs - WINDOW_MS;
    const counts = (moments: readonly number[]): readonly number[] =>
      moments.filter((moment) => moment > oldestMs).map((moment) => moment - T_MS);
    expect(counts(left)).toEqual(counts(momentsOf(this.#log)));
  }
}

const steps = fc.array(
  fc.oneof(
    fc.record({ waitMs: fc.oneof(fc.nat(20), fc.nat(600)) }),
    fc.record({ cost: fc.integer({ min: 1, max: 60 }), maxWaitMs: fc.constantFrom(0, 0, 0, 900) }),
    fc.record({ age: fc.oneof(fc.nat(2), fc.nat(40)) }),
  ),
  { minLength: 40, maxLength: 80 },
);

it.each([100, 300, 700])(
  'D1: units of a window of %i are released as in process memory, wherever they are in the log',
  async (limit) => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        await script.command('FLUSHALL');
        const twins = new Twins(limit);
        for (const step of history) {
          if ('waitMs' in step) twins.wait(step.waitMs);
          else if ('cost' in step) await twins.take(step.cost, step.maxWaitMs);
          else await twins.release(step.age);
          await twins.compare();
        }
      }),
      { numRuns: 60 },
    );
  },
);
