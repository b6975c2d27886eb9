import { combineIdentifiers, isRateSyncError, type OverflowEvent } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { counted, serveLimitedBy, UNITS } from '../support/http/limited-by.js';
import { limits, manyTimes, statuses, times, windowOf } from '../support/http/serve.js';
import { aRateSync } from '../support/limiters.js';

/** Identifiers that a careless encoding would confuse, or choke on. */
const AWKWARD = [
  ...['a:b', 'a\\:b', 'a{b}', '{a}b', '{', '}', '{}', '%', '%25', '%3A', ':', '::', '\n', '\r\n'],
  ...['\0', 'a\0b', 'a', 'a ', ' a', '~', '~a', '__proto__', 'constructor', '\ud800', '\udc00'],
  ...['k'.repeat(1_000_000) + 'a', 'k'.repeat(1_000_000) + 'b', 'k'.repeat(64), 'k'.repeat(65)],
];

/** Each spelling of an e-mail, and how many of its bucket have come with it. */
const SPELLINGS = [
  ['ali@example.org', 1],
  ['ALI@Example.ORG', 2],
  ['  ali@example.org\u00a0', 3],
  ['\uff41\uff4c\uff49@example.org', 4],
  ['a\u200bli@example.org\u0007', 5],
  ['al\u0131@example.org', 1],
  ['\u0430li@example.org', 1],
  ['\u00e1li@example.org', 1],
  ['a\u0301li@example.org', 2],
  ['ali+shop@example.org', 1],
  ['a.li@example.org', 1],
] as const;

it.each([null, 7, {}, { id: 'ada' }, ['ada'], Symbol('ada')])(
  'A06: an identifier in code that is no string is an error at its first use: %o',
  async (identifier) => {
    const { rateSync } = await aRateSync(limits({ one: windowOf(5) }));
    const one = rateSync.limiters.get('one');
    const failure: unknown = await (async () => one.consume(identifier as never))().catch(
      (reason: unknown) => reason,
    );
    expect(isRateSyncError(failure)).toBe(true);
    expect(failure).toMatchObject({ code: 'RATE_SYNC_INVALID_IDENTIFIER' });
    expect((await one.peek('[object Object]')).remaining).toBe(5);
    expect((await one.peek('undefined')).remaining).toBe(5);
  },
);

it('A07: no two identifiers share a bucket, however awkward they are', async () => {
  const { rateSync } = await aRateSync(limits({ one: windowOf(5) }));
  const one = rateSync.limiters.get('one');
  for (const identifier of AWKWARD) {
    expect((await one.consume(identifier)).remaining, identifier.slice(0, 20)).toBe(4);
  }
});

it('A07: no two combinations of identifiers are one', () => {
  const short = AWKWARD.filter(({ length }) => length < 10);
  const pairs = short.flatMap((first) => short.map((second) => combineIdentifiers(first, second)));
  expect(new Set(pairs).size).toBe(short.length ** 2);
});

describe.each(ADAPTERS)('abuse with identifiers on $name', (adapter) => {
  it('A06: a request without an identifier counts by its address', async () => {
    const { post, raw } = await serveLimitedBy(adapter, 'body:email');
    const nobody = [undefined, null, '', ' \t', {}, { email: 'ada' }, [], ['ada'], '\u200b'];
    const replies = await times(nobody.length, (n) => post('/', { email: nobody[n] }));
    expect(replies.map(counted)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const named = await times(2, (n) => post('/', { email: ['undefined', '[object Object]'][n] }));
    expect(named.map(counted)).toEqual([1, 1]);
    expect(counted(await raw({ method: 'POST', path: '/', from: '127.0.0.2' }))).toBe(1);
  });

  it('A08: 11 spellings of an e-mail are the 6 identities of the documentation', async () => {
    const { post } = await serveLimitedBy(adapter, 'body:email');
    const replies = await times(SPELLINGS.length, (n) => post('/', { email: SPELLINGS[n]![0] }));
    expect(replies.map(counted)).toEqual(SPELLINGS.map(([, count]) => count));
    expect(replies.filter((reply) => counted(reply) === 1)).toHaveLength(6);
  });

  it('A09: filling the store does not free a denied account', async () => {
    const overflows: OverflowEvent[] = [];
    const config = {
      stores: { main: { strategy: 'memory', maxKeys: 20 } },
      limiters: { one: windowOf(UNITS) },
    } as const;
    const observers = [{ onOverflow: (event: OverflowEvent) => overflows.push(event) }];
    const { post, log } = await serveLimitedBy(adapter, 'body:email', {
      rateSync: { config, observers, globalGuard: false },
    });
    await manyTimes(UNITS, () => post('/', { email: 'blocked@example.org' }));
    await manyTimes(300, (n) => post('/', { email: `filler${String(n)}@example.org` }));
    expect((await post('/', { email: 'blocked@example.org' })).status).toBe(429);
    expect(overflows.length).toBeLessThanOrEqual(1);
    expect(log.text).not.toContain('@example.org');
  });

  it('A09: when every account is over its limit, new identifiers share a bucket, and the log says so once', async () => {
    const config = {
      stores: { main: { strategy: 'memory', maxKeys: 10 } },
      limiters: { one: windowOf(1) },
    } as const;
    const { post, log } = await serveLimitedBy(adapter, 'body:email', {
      rateSync: { config, globalGuard: false },
    });
    await times(10, (n) => post('/', { email: `blocked${String(n)}@example.org` }));
    const newcomers = await times(20, (n) => post('/', { email: `new${String(n)}@example.org` }));
    expect(statuses(newcomers).filter((status) => status === 201)).toHaveLength(1);
    expect(log.having('rate_limit_overflow')).toHaveLength(1);
    expect((await post('/', { email: 'blocked3@example.org' })).status).toBe(429);
  });
});
