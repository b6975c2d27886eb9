import { describe, expect, it } from 'vitest';
import { aRateSync } from '../../test/support/limiters.js';
import type { Decision } from '../core/decision.js';
import { compose } from './composite.js';

const config = {
  stores: { main: { strategy: 'memory' } },
  limiters: {
    ip: { algorithm: 'sliding_window', limit: 3, windowSeconds: 10 },
    credential: { algorithm: 'sliding_window', limit: 2, windowSeconds: 60 },
    api: { ratePerSecond: 10, burst: 10 },
  },
} as const;
const login = [
  { limiter: 'ip', identifier: '10.0.0.1' },
  { limiter: 'credential', identifier: 'alice' },
];

describe('several limits together', () => {
  it('take from all when all allow; the fewest units left are binding', async () => {
    const { rateSync } = await aRateSync(config);
    const decision = await rateSync.limiters.consumeAll(login);
    expect(decision).toMatchObject({ allowed: true, deniedBy: null });
    expect(decision.decisions).toMatchObject([
      { limiterId: 'ip', allowed: true, remaining: 2 },
      { limiterId: 'credential', allowed: true, remaining: 1 },
    ]);
    expect(decision.binding).toBe(decision.decisions[1]);
  });

  it('take from none when one denies; that one is binding', async () => {
    const { rateSync } = await aRateSync(config);
    await rateSync.limiters.get('credential').consume('alice', { cost: 2 });
    for (let attempt = 0; attempt < 5; attempt++) {
      const decision = await rateSync.limiters.consumeAll(login);
      expect(decision).toMatchObject({ allowed: false, deniedBy: 'credential' });
      expect(decision.decisions).toMatchObject([
        { limiterId: 'ip', allowed: true, remaining: 3, resetAfterMs: 0, retryAfterMs: 0 },
        { limiterId: 'credential', allowed: false, remaining: 0, retryAfterMs: 60_000 },
      ]);
      expect(decision.binding).toBe(decision.decisions[1]);
    }
    expect(await rateSync.limiters.get('ip').peek('10.0.0.1')).toMatchObject({ remaining: 3 });
  });

  it('name the limit with the longest wait when several deny', async () => {
    const { rateSync } = await aRateSync(config);
    await rateSync.limiters.get('credential').consume('alice', { cost: 2 });
    await rateSync.limiters.get('ip').consume('10.0.0.1', { cost: 3 });
    expect(await rateSync.limiters.consumeAll(login)).toMatchObject({
      deniedBy: 'credential',
      binding: { retryAfterMs: 60_000 },
    });
    const tooMuch = [{ ...login[0]!, cost: 4 }, login[1]!];
    expect(await rateSync.limiters.consumeAll(tooMuch)).toMatchObject({
      deniedBy: 'ip',
      binding: { retryAfterMs: Infinity },
    });
  });

  it('add up requests for the same limit and identifier', async () => {
    const { rateSync } = await aRateSync(config);
    const twice = [login[0]!, login[0]!, { limiter: 'ip', identifier: 'other' }];
    const decision = await rateSync.limiters.consumeAll(twice);
    expect(decision.decisions.map(({ remaining }) => remaining)).toEqual([1, 1, 2]);
    const again = await rateSync.limiters.consumeAll(twice);
    expect(again).toMatchObject({ allowed: false, deniedBy: 'ip' });
    expect(again.decisions.map(({ allowed }) => allowed)).toEqual([false, false, true]);
    expect(await rateSync.limiters.get('ip').peek('10.0.0.1')).toMatchObject({ remaining: 1 });
    expect(await rateSync.limiters.get('ip').peek('other')).toMatchObject({ remaining: 2 });
  });

  it('share a bucket without an identifier', async () => {
    const { rateSync } = await aRateSync(config);
    await rateSync.limiters.consumeAll([{ limiter: 'ip' }, { limiter: 'ip', identifier: '' }]);
    expect(await rateSync.limiters.get('ip').peek()).toMatchObject({ remaining: 1 });
  });

  it('allow exactly as many of 1,000 parallel calls as the tightest limit', async () => {
    const { rateSync } = await aRateSync(config);
    const calls = Array.from({ length: 1_000 }, () => rateSync.limiters.consumeAll(login));
    const passed = (await Promise.all(calls)).filter(({ allowed }) => allowed);
    expect(passed).toHaveLength(2);
    expect(await rateSync.limiters.get('ip').peek('10.0.0.1')).toMatchObject({ remaining: 1 });
  });
});

describe('any of several limits', () => {
  it('takes from the first that allows, which is binding', async () => {
    const { rateSync } = await aRateSync(config);
    await rateSync.limiters.get('ip').consume('10.0.0.1', { cost: 3 });
    const requests = [...login, { limiter: 'api', identifier: 'alice' }];
    const decision = await rateSync.limiters.consumeAll(requests, { strategy: 'any' });
    expect(decision).toMatchObject({ allowed: true, deniedBy: null });
    expect(decision.decisions).toMatchObject([
      { limiterId: 'ip', allowed: false, remaining: 0 },
      { limiterId: 'credential', allowed: true, remaining: 1 },
      { limiterId: 'api', allowed: true, remaining: 10 },
    ]);
    expect(decision.binding).toBe(decision.decisions[1]);
  });

  it('denies when all deny, and takes nothing', async () => {
    const { rateSync } = await aRateSync(config);
    const tooMuch = login.map((request) => ({ ...request, cost: 4 }));
    const decision = await rateSync.limiters.consumeAll(tooMuch, { strategy: 'any' });
    expect(decision).toMatchObject({ allowed: false, deniedBy: 'ip' });
    expect(await rateSync.limiters.get('ip').peek('10.0.0.1')).toMatchObject({ remaining: 3 });
  });
});

describe('the binding decision', () => {
  const passed = (limiterId: string, remaining: number, degraded = false): Decision => ({
    limiterId,
    allowed: true,
    limit: 10,
    remaining,
    retryAfterMs: 0,
    resetAfterMs: 1_000,
    reason: degraded ? 'fail_open' : 'within_limit',
    degraded,
  });
  const denied = (limiterId: string, retryAfterMs: number, degraded = false): Decision => ({
    ...passed(limiterId, 0, degraded),
    allowed: false,
    retryAfterMs,
    reason: degraded ? 'fail_closed' : 'over_limit',
  });

  it.each([
    ['all', 'the fewest units left', [passed('a', 5), passed('b', 2), passed('c', 2)], 'b'],
    ['all', 'a store before a failure mode', [passed('a', 0, true), passed('b', 9)], 'b'],
    ['all', 'the only denial', [passed('a', 0), denied('b', 5), passed('c', 1)], 'b'],
    ['all', 'the longest wait', [denied('a', 5), denied('b', 9), denied('c', 9)], 'b'],
    ['all', 'an infinite wait', [denied('a', 5), denied('b', Infinity)], 'b'],
    ['all', 'a limit before a failed store', [denied('a', 9, true), denied('b', 1)], 'b'],
    ['all', 'a failed store when no limit denies', [passed('a', 0), denied('b', 9, true)], 'b'],
    ['any', 'the first that passed', [denied('a', 5), passed('b', 9), passed('c', 1)], 'b'],
    ['any', 'the longest wait', [denied('a', 5), denied('b', 9)], 'b'],
  ] as const)('in strategy %s: %s', (strategy, _, decisions, binding) => {
    const decision = compose(decisions, strategy);
    expect(decision.binding.limiterId).toBe(binding);
    expect(decision.deniedBy).toBe(decision.allowed ? null : binding);
    expect(decision.decisions).toBe(decisions);
  });
});
