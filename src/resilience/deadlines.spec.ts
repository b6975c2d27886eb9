import { describe, expect, it } from 'vitest';
import { settled, stateOf } from '../../test/support/limiters.js';
import { FakeClock } from '../testing/fake-clock.js';
import { Deadlines } from './deadlines.js';

const never = new Promise<string>(() => undefined);
const late = (): string => 'late';

function aDeadline() {
  const clock = new FakeClock(1_000_000);
  return { clock, deadlines: new Deadlines(clock) };
}

/** An answer that the test gives. */
function anAnswer() {
  let give: (value: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const answer = new Promise<string>((resolve, reject) => {
    give = resolve;
    fail = reject;
  });
  return { answer, give, fail };
}

describe('a deadline', () => {
  it('passes an answer on that comes in time, and leaves no timer', async () => {
    const { clock, deadlines } = aDeadline();
    const { answer, give } = anAnswer();
    const bound = deadlines.bound(answer, 100, late);
    await clock.advanceAndSettle(99);
    give('answer');
    expect(await bound).toBe('answer');
    await settled();
    expect(clock.pendingTimers).toBe(0);
  });

  it('passes an error on that comes in time', async () => {
    const { clock, deadlines } = aDeadline();
    const { answer, fail } = anAnswer();
    const bound = deadlines.bound(answer, 100, late);
    fail(new Error('broken'));
    await expect(bound).rejects.toThrow('broken');
    await settled();
    expect(clock.pendingTimers).toBe(0);
  });

  it('answers itself when the time is up, not before, and only once', async () => {
    const { clock, deadlines } = aDeadline();
    const { answer, give } = anAnswer();
    const bound = deadlines.bound(answer, 100, late);
    await clock.advanceAndSettle(99);
    expect(await stateOf(bound)).toBe('pending');
    await clock.advanceAndSettle(1);
    expect(await stateOf(bound)).toBe('late');
    give('answer');
    expect(await stateOf(bound)).toBe('late');
    expect(clock.pendingTimers).toBe(0);
  });

  it('can reject instead, and ignores an error that comes later', async () => {
    const { clock, deadlines } = aDeadline();
    const { answer, fail } = anAnswer();
    const bound = deadlines.bound(answer, 100, () => Promise.reject(new Error('too late')));
    bound.catch(() => undefined);
    await clock.advanceAndSettle(100);
    await expect(bound).rejects.toThrow('too late');
    fail(new Error('broken'));
    await settled();
  });

  it('reads an answer first that is there when a late timer fires', async () => {
    const { clock, deadlines } = aDeadline();
    const { answer, give } = anAnswer();
    const bound = deadlines.bound(answer, 100, late);
    // This process stood still for a second, and the answer has been in the socket for long.
    setImmediate(() => {
      give('answer');
    });
    clock.advance(1_000);
    expect(await bound).toBe('answer');
  });

  it('bounds many answers, each by its own time, with one timer', async () => {
    const { clock, deadlines } = aDeadline();
    const timeouts = [500, 100, 300, 100, 200];
    const bounds = timeouts.map((timeoutMs) => deadlines.bound(never, timeoutMs, late));
    expect(clock.pendingTimers).toBe(1);
    for (const atMs of [100, 200, 300, 400, 500]) {
      await clock.advanceAndSettle(100);
      const states = await Promise.all(bounds.map(stateOf));
      expect(states).toEqual(timeouts.map((timeoutMs) => (timeoutMs <= atMs ? 'late' : 'pending')));
    }
    expect(clock.pendingTimers).toBe(0);
  });

  it('works again after all answers have come', async () => {
    const { clock, deadlines } = aDeadline();
    for (let round = 0; round < 3; round++) {
      expect(await deadlines.bound(Promise.resolve('answer'), 100, late)).toBe('answer');
      const bound = deadlines.bound(never, 100, late);
      await clock.advanceAndSettle(100);
      expect(await stateOf(bound)).toBe('late');
    }
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps the later deadlines when the earliest is met', async () => {
    const { clock, deadlines } = aDeadline();
    const { answer, give } = anAnswer();
    void deadlines.bound(answer, 50, late);
    const bound = deadlines.bound(never, 100, late);
    give('answer');
    await clock.advanceAndSettle(99);
    expect(await stateOf(bound)).toBe('pending');
    await clock.advanceAndSettle(1);
    expect(await stateOf(bound)).toBe('late');
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([0, -1])(
    'expires soon after %d ms, and lets an answer pass that is there',
    async (timeoutMs) => {
      const { clock, deadlines } = aDeadline();
      const there = deadlines.bound(Promise.resolve('answer'), timeoutMs, late);
      const bound = deadlines.bound(never, timeoutMs, late);
      expect(await there).toBe('answer');
      await clock.advanceAndSettle(0);
      expect(await stateOf(bound)).toBe('late');
    },
  );
});
