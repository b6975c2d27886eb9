import {
  canonicalIp,
  identifierFrom,
  type IdentifierSource,
  type RateLimitContext,
} from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import type { Reply } from '../support/http/client.js';
import { counted, serveLimitedBy, UNITS } from '../support/http/limited-by.js';
import { limits, times, windowOf, type Served } from '../support/http/serve.js';

type Context = RateLimitContext<{ readonly headers: Readonly<Record<string, unknown>> }>;

type Ask = (app: Served, value: string) => Promise<Reply>;

const SOURCES: readonly [source: IdentifierSource, ask: Ask][] = [
  ['header:X-Api-Key', ({ get }, value) => get('/', { 'x-api-key': value })],
  ['body:email', ({ post }, value) => post('/', { email: value })],
  ['body:user.email', ({ post }, value) => post('/', { user: { email: value } })],
  ['query:q', ({ get }, value) => get(`/?q=${encodeURIComponent(value)}`)],
  ['param:id', ({ get }, value) => get(`/${encodeURIComponent(value)}`)],
  [
    ({ request }: Context) => request.headers['x-who'],
    ({ get }, value) => get('/', { 'x-who': value }),
  ],
];

describe.each(ADAPTERS)('an identifier on $name', (adapter) => {
  it.each(SOURCES)('can be read by %s', async (source, ask) => {
    const app = await serveLimitedBy(adapter, source);
    const values = ['ada', 'grace', 'ada', 'ada ', 'a:b', 'a%b', '{a}', 'grace'];
    const replies = await times(values.length, (n) => ask(app, values[n] ?? ''));
    expect(replies.map(counted)).toEqual([1, 1, 2, 3, 1, 1, 1, 2]);
  });

  it.each(SOURCES)('by %s counts callers of several addresses together', async (source, ask) => {
    const app = await serveLimitedBy(adapter, source);
    await ask(app, 'ada');
    const elsewhere: Served = {
      ...app,
      get: (path, headers = {}) => app.raw({ path, headers, from: '127.0.0.2' }),
      post: (path, body) =>
        app.raw({
          method: 'POST',
          path,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
          from: '127.0.0.2',
        }),
    };
    expect(counted(await ask(elsewhere, 'ada'))).toBe(2);
  });

  it('can be the address', async () => {
    const { raw } = await serveLimitedBy(adapter, 'ip');
    const from = ['127.0.0.1', '127.0.0.2', '127.0.0.1'];
    const replies = await times(3, (n) => raw({ path: '/', from: from[n] ?? '' }));
    expect(replies.map(counted)).toEqual([1, 1, 2]);
  });

  it('can be everybody', async () => {
    const { raw } = await serveLimitedBy(adapter, 'global');
    const replies = await times(3, (n) => raw({ path: '/', from: `127.0.0.${String(n + 1)}` }));
    expect(replies.map(counted)).toEqual([1, 2, 3]);
  });

  it('can be what an authentication found out about the user', async () => {
    let user: unknown;
    const { get } = await serveLimitedBy(adapter, 'user:account.id', { user: () => user });
    const users = [{ account: { id: 7 } }, { account: { id: 8 } }, { account: { id: '7' } }];
    const replies = await times(3, (n) => {
      user = users[n];
      return get('/');
    });
    expect(replies.map(counted)).toEqual([1, 1, 2]);
  });

  it('can be a property that the class of the user computes', async () => {
    class Account {
      constructor(private readonly number: number) {}

      get id(): string {
        return `account-${String(this.number)}`;
      }
    }
    let user: unknown;
    const { get } = await serveLimitedBy(adapter, 'user:id', { user: () => user });
    const replies = await times(3, (n) => {
      user = new Account(n);
      return get('/');
    });
    expect(replies.map(counted)).toEqual([1, 1, 1]);
  });

  it('can be a claim of the user with dots in its name', async () => {
    const claim = 'https://example.org/tenant';
    let user: unknown;
    const { get } = await serveLimitedBy(adapter, `user:${claim}`, { user: () => user });
    const replies = await times(3, (n) => {
      user = { [claim]: `tenant-${String(n)}` };
      return get('/');
    });
    expect(replies.map(counted)).toEqual([1, 1, 1]);
  });

  it('has one bucket for a number and the text of it', async () => {
    const { post } = await serveLimitedBy(adapter, 'body:id');
    const ids = [5, '5', 5.0, '5.0', true, 'true', 0, false];
    const replies = await times(ids.length, (n) => post('/', { id: ids[n] }));
    expect(replies.map(counted)).toEqual([1, 2, 3, 1, 1, 2, 1, 1]);
  });

  it('is read from a field with dots in its name before a path', async () => {
    const { post } = await serveLimitedBy(adapter, 'body:user.email');
    await post('/', { 'user.email': 'ada' });
    expect(counted(await post('/', { user: { email: 'ada' } }))).toBe(2);
    const both = { 'user.email': 'ada', user: { email: 'grace' } };
    expect(counted(await post('/', both))).toBe(3);
  });

  it('can be named from outside, to lift a limit', async () => {
    const { post, rateSync } = await serveLimitedBy(adapter, 'body:email');
    await times(5, () => post('/', { email: 'ada@example.org' }));
    await rateSync.getLimiter('one').reset(identifierFrom('body:email', ' Ada@Example.org'));
    expect(counted(await post('/', { email: 'ada@example.org' }))).toBe(1);
  });

  it('can be named from outside when it is an address', async () => {
    const { get, rateSync } = await serveLimitedBy(adapter, 'ip');
    await times(5, () => get('/'));
    await rateSync.getLimiter('one').reset(canonicalIp('127.0.0.1', 64));
    expect(counted(await get('/'))).toBe(1);
  });
});

describe.each(ADAPTERS)('a combined identifier on $name', (adapter) => {
  it('can be what the configuration of the limiter names', async () => {
    const one = windowOf(UNITS, { identifyBy: ['ip', 'header:a'] });
    const { raw } = await serveLimitedBy(adapter, undefined, {
      rateSync: { config: limits({ one }), globalGuard: false },
    });
    const ask = (a: string, from: string) => raw({ path: '/', headers: { a }, from });
    await ask('x', '127.0.0.1');
    expect(counted(await ask('x', '127.0.0.1'))).toBe(2);
    expect(counted(await ask('y', '127.0.0.1'))).toBe(1);
    expect(counted(await ask('x', '127.0.0.2'))).toBe(1);
  });

  it('distinguishes values that differ only in where a part ends', async () => {
    const { get } = await serveLimitedBy(adapter, ['header:a', 'header:b']);
    const pairs = [
      ['x:y', 'z'],
      ['x', 'y:z'],
      ['x\\', ':yz'],
      ['x:y', 'z'],
    ] as const;
    const replies = await times(pairs.length, (n) => {
      const [a, b] = pairs[n] ?? ['', ''];
      return get('/', { a, b });
    });
    expect(replies.map(counted)).toEqual([1, 1, 1, 2]);
  });

  it('distinguishes the order of its parts', async () => {
    const { get } = await serveLimitedBy(adapter, ['header:a', 'header:b']);
    await get('/', { a: 'x', b: 'y' });
    expect(counted(await get('/', { a: 'y', b: 'x' }))).toBe(1);
  });

  it('has the address for each part that is missing', async () => {
    const { raw } = await serveLimitedBy(adapter, ['header:a', 'header:b']);
    const ask = (headers: Record<string, string>, from: string) =>
      raw({ path: '/', headers, from });
    await ask({ a: 'x' }, '127.0.0.1');
    expect(counted(await ask({ a: 'x' }, '127.0.0.2'))).toBe(1);
    expect(counted(await ask({ b: 'x' }, '127.0.0.1'))).toBe(1);
    expect(counted(await ask({ a: 'x' }, '127.0.0.1'))).toBe(2);
  });

  it('may wait for one of its parts', async () => {
    const later: IdentifierSource = ({ request }: Context) => Promise.resolve(request.headers['a']);
    const { get } = await serveLimitedBy(adapter, ['ip', later, 'global']);
    await get('/', { a: 'x' });
    expect(counted(await get('/', { a: 'x' }))).toBe(2);
    expect(counted(await get('/', { a: 'y' }))).toBe(1);
  });
});
