import { describe, expect, it } from 'vitest';
import { ServerClock } from './server-clock.js';

/** A server whose clock shows so many microseconds when the local one shows 0. */
const OFFSET_US = 1_790_000_000_000_000;

function serverTime(localMs: number, offsetUs = OFFSET_US): number {
  return localMs * 1_000 + offsetUs;
}

describe('the clock of a server', () => {
  it('is unknown at first', () => {
    expect(new ServerClock().at(1_000)).toBe(0);
  });

  it('is known to half of a round trip, wherever on the way the server read it', () => {
    for (const readAtMs of [100, 101, 104]) {
      const clock = new ServerClock();
      clock.learn(100, 104, serverTime(readAtMs));
      expect(Math.abs(clock.at(200) - serverTime(200))).toBeLessThanOrEqual(2_000);
    }
  });

  it('is best known from the quickest exchange of the last second', () => {
    const clock = new ServerClock();
    clock.learn(100, 102, serverTime(101));
    clock.learn(200, 300, serverTime(290));
    expect(clock.at(500)).toBe(serverTime(500));
    clock.learn(1_200, 1_300, serverTime(1_290));
    expect(clock.at(1_500)).toBe(serverTime(1_500) + 40_000);
  });

  it.each([[3_600_000_000], [-3_600_000_000]])(
    'is believed at once when it jumps by %d',
    (byUs) => {
      const clock = new ServerClock();
      clock.learn(100, 102, serverTime(101));
      clock.learn(200, 220, serverTime(210, OFFSET_US + byUs));
      expect(clock.at(300)).toBe(serverTime(300, OFFSET_US + byUs));
    },
  );

  it('is forgotten when another server may answer', () => {
    const clock = new ServerClock();
    clock.learn(100, 102, serverTime(101));
    clock.reset();
    expect(clock.at(1_000)).toBe(0);
  });
});
