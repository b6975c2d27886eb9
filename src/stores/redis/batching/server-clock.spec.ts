import { describe, expect, it } from 'vitest';
import { ServerClock } from './server-clock.js';

/** What the server's clock shows when the local one shows 0, in microseconds. */
const OFFSET_US = 1_790_000_000_000_000;

function serverTime(localMs: number, offsetUs = OFFSET_US): number {
  return localMs * 1_000 + offsetUs;
}

describe('the clock of a server', () => {
  it('is unknown at first', () => {
    expect(new ServerClock().at(1_000)).toBe(0);
  });

  it('is exact to a round trip and never too early, whenever the server read it on the way', () => {
    for (const readAtMs of [100, 101, 104]) {
      const clock = new ServerClock();
      clock.learn(100, 104, serverTime(readAtMs));
      const aheadUs = clock.at(200) - serverTime(200);
      expect(aheadUs).toBeGreaterThanOrEqual(0);
      expect(aheadUs).toBeLessThanOrEqual(4_000);
    }
  });

  it('keeps the fastest exchange, however many slow ones follow', () => {
    const clock = new ServerClock();
    clock.learn(100, 102, serverTime(101));
    for (let sentMs = 200; sentMs < 30_000; sentMs += 300) {
      clock.learn(sentMs, sentMs + 300, serverTime(sentMs + 1));
    }
    expect(clock.at(30_000)).toBe(serverTime(30_000) + 1_000);
  });

  it('D2: is never too early because a busy process reads replies late', () => {
    const clock = new ServerClock();
    clock.learn(100, 700, serverTime(101));
    clock.learn(800, 1_500, serverTime(802));
    expect(clock.at(2_000)).toBeGreaterThanOrEqual(serverTime(2_000));
  });

  it('takes a less exact sample once drift has made the best one even less exact', () => {
    const clock = new ServerClock();
    clock.learn(0, 2, serverTime(1));
    clock.learn(60_000, 60_020, serverTime(60_010, OFFSET_US + 30_000));
    expect(clock.at(60_020)).toBe(serverTime(60_020, OFFSET_US + 30_000) + 10_000);
  });

  it.each([[3_600_000_000], [-3_600_000_000]])(
    'is followed at once when it jumps by %d',
    (byUs) => {
      const clock = new ServerClock();
      clock.learn(100, 102, serverTime(101));
      clock.learn(200, 220, serverTime(210, OFFSET_US + byUs));
      expect(clock.at(300)).toBe(serverTime(300, OFFSET_US + byUs) + 10_000);
    },
  );

  it('is unknown again after a reset', () => {
    const clock = new ServerClock();
    clock.learn(100, 102, serverTime(101));
    clock.reset();
    expect(clock.at(1_000)).toBe(0);
  });
});
