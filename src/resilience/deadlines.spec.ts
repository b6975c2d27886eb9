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

/** A reply that the test settles. */
function aReply() {
  let settle: (value: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const reply = new Promise<string>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  return { reply, settle, fail };
}

describe('a deadline', () => {
  it('settles like a reply in time, and leaves no timer', async () => {
    const { clock, deadlines } = aDeadline();
    const { reply, settle } = aReply();
    const bound = deadlines.bound(reply, 100, late);
    await clock.advanceAndSettle(99);
    settle('reply');
    expect(await bound).toBe('reply');
    await settled();
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects like an error in time', async () => {
    const { clock, deadlines } = aDeadline();
    const { reply, fail } = aReply();
    const bound = deadlines.bound(reply, 100, late);
    fail(new Error('broken'));
    await expect(bound).rejects.toThrow('broken');
    await settled();
    expect(clock.pendingTimers).toBe(0);
  });

  it('settles by itself at the timeout, not before, and only once', async () => {
    const { clock, deadlines } = aDeadline();
    const { reply, settle } = aReply();
    const bound = deadlines.bound(reply, 100, late);
    await clock.advanceAndSettle(99);
    expect(await stateOf(bound)).toBe('pending');
    await clock.advanceAndSettle(1);
    expect(await stateOf(bound)).toBe('late');
    settle('reply');
    expect(await stateOf(bound)).toBe('late');
    expect(clock.pendingTimers).toBe(0);
  });

  it('can reject at the timeout, and ignores a later error', async () => {
    const { clock, deadlines } = aDeadline();
    const { reply, fail } = aReply();
    const bound = deadlines.bound(reply, 100, () => Promise.reject(new Error('too late')));
    bound.catch(() => undefined);
    await clock.advanceAndSettle(100);
    await expect(bound).rejects.toThrow('too late');
    fail(new Error('broken'));
    await settled();
  });

  it('prefers a reply that has arrived when a late timer fires', async () => {
    const { clock, deadlines } = aDeadline();
    const { reply, settle } = aReply();
    const bound = deadlines.bound(reply, 100, late);
    // This process stood still for a second, and the reply has been in the socket for long.
    setImmediate(() => {
      settle('reply');
    });
    clock.advance(1_000);
    expect(await bound).toBe('reply');
  });

  it('bounds many replies, each by its own timeout, with one timer', async () => {
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

  it('works again after all replies have arrived', async () => {
    const { clock, deadlines } = aDeadline();
    for (let round = 0; round < 3; round++) {
      expect(await deadlines.bound(Promise.resolve('reply'), 100, late)).toBe('reply');
      const bound = deadlines.bound(never, 100, late);
      await clock.advanceAndSettle(100);
      expect(await stateOf(bound)).toBe('late');
    }
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps the later deadlines when the earliest is met', async () => {
    const { clock, deadlines } = aDeadline();
    const { reply, settle } = aReply();
    void deadlines.bound(reply, 50, late);
    const bound = deadlines.bound(never, 100, late);
    settle('reply');
    await clock.advanceAndSettle(99);
    expect(await stateOf(bound)).toBe('pending');
    await clock.advanceAndSettle(1);
    expect(await stateOf(bound)).toBe('late');
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([0, -1])(
    'expires soon after %d ms, and prefers a reply that has arrived',
    async (timeoutMs) => {
      const { clock, deadlines } = aDeadline();
      const there = deadlines.bound(Promise.resolve('reply'), timeoutMs, late);
      const bound = deadlines.bound(never, timeoutMs, late);
      expect(await there).toBe('reply');
      await clock.advanceAndSettle(0);
      expect(await stateOf(bound)).toBe('late');
    },
  );
});
