import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bucket, windowOf } from '../../../test/properties/counter.js';
import { aLimiter, settled, slots } from '../../../test/support/limiters.js';
import type { LimiterPolicy } from '../../core/policy.js';
import { whenAborted } from './abort-signals.js';
import type { Limiter } from '../limiter.js';

const MANY = 10_000;
const GONE = new Error('gone');

const warnings: Error[] = [];
const note = (warning: Error): void => void warnings.push(warning);
beforeEach(() => process.on('warning', note));
afterEach(() => {
  process.off('warning', note);
  warnings.length = 0;
});

/** Many calls that wait with one signal, each for its own permit. */
async function waitTogether(limiter: Limiter, count: number, signal: AbortSignal) {
  const turns = Array.from({ length: count }, (_, index) =>
    limiter.acquire(String(index % 500), { signal, timeoutMs: 3_600_000 }),
  );
  const outcomes = Promise.allSettled(turns);
  await settled();
  return outcomes;
}

function reasonsOf(outcomes: readonly PromiseSettledResult<unknown>[]): Set<unknown> {
  return new Set(
    outcomes.map((outcome): unknown => (outcome.status === 'rejected' ? outcome.reason : null)),
  );
}

const POLICIES: readonly (readonly [string, LimiterPolicy])[] = [
  ['slots', slots(1)],
  ['units of a token bucket', bucket(1, 1)],
  ['units of a sliding window', windowOf(1, 1_000)],
];

describe.each(POLICIES)('D13: one signal for 10,000 acquires of %s', (_, policy) => {
  it('rejects all of them with its reason, without a warning, and leaves nothing behind', async () => {
    const { limiter, clock } = aLimiter(policy);
    for (let identifier = 0; identifier < 500; identifier++)
      await limiter.tryAcquire(String(identifier));
    const timers = clock.pendingTimers;
    const controller = new AbortController();
    const listening = vi.spyOn(controller.signal, 'addEventListener');
    const outcomes = waitTogether(limiter, MANY, controller.signal);
    await settled();
    controller.abort(GONE);
    expect(reasonsOf(await outcomes)).toEqual(new Set([GONE]));
    await settled();
    expect(listening).toHaveBeenCalledTimes(1);
    expect(clock.pendingTimers).toBe(timers);
    expect(warnings).toEqual([]);
  });
});

describe('D13: a shared signal', () => {
  it('has one listener, whatever calls come and go', () => {
    const { signal } = new AbortController();
    const listening = vi.spyOn(signal, 'addEventListener');
    for (let round = 0; round < 100; round++) whenAborted(signal, () => undefined)();
    expect(listening).toHaveBeenCalledTimes(1);
    expect(warnings).toEqual([]);
  });

  it('notifies each waiting call once, in order, and no call that has stopped', () => {
    const controller = new AbortController();
    const notified: string[] = [];
    whenAborted(controller.signal, () => notified.push('a'));
    const stop = whenAborted(controller.signal, () => notified.push('b'));
    whenAborted(controller.signal, (reason) => notified.push(`c: ${String(reason)}`));
    stop();
    controller.abort('gone');
    expect(notified).toEqual(['a', 'c: gone']);
  });

  it('takes time linear in the number of waiting calls', async () => {
    // Linear time stays within the timeout of a test; quadratic time would be minutes.
    const { limiter } = aLimiter(slots(1));
    const identifiers = Array.from({ length: 5_000 }, (_, index) => String(index));
    for (const identifier of identifiers) await limiter.tryAcquire(identifier);
    const controller = new AbortController();
    const { signal } = controller;
    const turns = identifiers.flatMap((identifier) =>
      Array.from({ length: 20 }, () => limiter.acquire(identifier, { signal })),
    );
    const outcomes = Promise.allSettled(turns);
    await settled();
    controller.abort(GONE);
    expect(reasonsOf(await outcomes)).toEqual(new Set([GONE]));
    expect(warnings).toEqual([]);
  }, 30_000);
});
