import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const DAY_MS = 86_400_000;

describe('the clock of this process', () => {
  let fired = 0;
  const fire = (): void => {
    fired += 1;
  };

  beforeEach(() => {
    fired = 0;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('reads a monotonic clock, which a changed system date does not affect', () => {
    const beforeMs = systemClock.nowMs();
    vi.setSystemTime(0);
    expect(systemClock.nowMs()).toBe(beforeMs);
    vi.advanceTimersByTime(1_500);
    expect(systemClock.nowMs() - beforeMs).toBe(1_500);
  });

  it('runs a callback once, when its delay has passed', () => {
    systemClock.schedule(fire, 1_000, 'awaited');
    vi.advanceTimersByTime(999);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(fired).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for the rest when a timer fires a fraction of a millisecond early', () => {
    const nowMs = vi.spyOn(performance, 'now');
    nowMs.mockReturnValue(0.9);
    systemClock.schedule(fire, 10, 'awaited');
    nowMs.mockReturnValue(10.5);
    vi.advanceTimersByTime(10);
    expect(fired).toBe(0);
    nowMs.mockReturnValue(11.1);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
    nowMs.mockRestore();
  });

  it.each([LONGEST_TIMER_MS, LONGEST_TIMER_MS + 1, 30 * DAY_MS, 366 * DAY_MS])(
    'does not fire early after a delay of %d ms',
    (delayMs) => {
      systemClock.schedule(fire, delayMs, 'awaited');
      vi.advanceTimersByTime(delayMs - 1);
      expect(fired).toBe(0);
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(1);
      expect(fired).toBe(1);
    },
  );

  it('never fires after an infinite delay, and can still be cancelled', () => {
    const cancel = systemClock.schedule(fire, Infinity, 'awaited');
    vi.advanceTimersByTime(366 * DAY_MS);
    expect(fired).toBe(0);
    cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([0, -5, 0.1])('runs a callback asynchronously after %d ms', (delayMs) => {
    systemClock.schedule(fire, delayMs, 'awaited');
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
  });

  it('can be cancelled, also during a long delay and after the callback has run', () => {
    const cancel = systemClock.schedule(fire, 10, 'awaited');
    cancel();
    const cancelLong = systemClock.schedule(fire, 30 * DAY_MS, 'awaited');
    vi.advanceTimersByTime(29 * DAY_MS);
    cancelLong();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(30 * DAY_MS);
    expect(fired).toBe(0);
    const cancelLate = systemClock.schedule(fire, 10, 'awaited');
    vi.advanceTimersByTime(10);
    cancelLate();
    expect(fired).toBe(1);
  });

  it.each([
    ['background', false],
    ['awaited', true],
  ] as const)('keeps the process alive for a %s timer: %s', (kind, keepsAlive) => {
    const started = vi.spyOn(globalThis, 'setTimeout');
    systemClock.schedule(fire, 30 * DAY_MS, kind);
    vi.advanceTimersByTime(29 * DAY_MS);
    const timers = started.mock.results.map(({ value }) => value as NodeJS.Timeout);
    expect(timers).toHaveLength(2);
    expect(timers.map((timer) => timer.hasRef())).toEqual([keepsAlive, keepsAlive]);
    started.mockRestore();
  });
});
