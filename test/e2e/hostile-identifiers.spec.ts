import { inspect } from 'node:util';
import type { DecisionEvent } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { counted, serveLimitedBy } from '../support/http/limited-by.js';
import { limits, times, windowOf } from '../support/http/serve.js';

const INVISIBLE = '\u200b\u00ad\u2060\ufeff';

/** What is no identifier, or none that can be seen; undefined leaves the field out. */
const NOBODY: readonly unknown[] = [
  undefined,
  null,
  '',
  '   ',
  '\t\r\n',
  '\u00a0\u3000',
  INVISIBLE,
  '\u0000\u0007\u001b',
  {},
  { toString: 'ada' },
  { email: 'ada' },
  [],
  ['ada'],
];

describe.each(ADAPTERS)('a request without an identifier on $name', (adapter) => {
  it('counts by its address, whatever it sends instead', async () => {
    const { post } = await serveLimitedBy(adapter, 'body:email');
    const replies = await times(NOBODY.length, (n) => post('/', { email: NOBODY[n] }));
    expect(replies.map(counted)).toEqual(NOBODY.map((_, n) => n + 1));
  });

  it('counts apart from those of other addresses', async () => {
    const { raw } = await serveLimitedBy(adapter, 'body:email');
    const ask = (from: string) => raw({ method: 'POST', path: '/', from });
    await ask('127.0.0.1');
    expect(counted(await ask('127.0.0.2'))).toBe(1);
  });

  it.each([
    { body: 'null' },
    { body: '[]' },
    { body: '[{"email":"ada"}]' },
    { body: '{"email":["ada","grace"]}' },
    { body: '{"user":{"email":"ada"}}' },
  ])('counts by its address when the body is $body', async ({ body }) => {
    const { raw, post } = await serveLimitedBy(adapter, 'body:email');
    await post('/', {});
    const headers = { 'content-type': 'application/json' };
    const reply = await raw({ method: 'POST', path: '/', headers, body });
    // A body parser may refuse what is no object; then nothing was asked, and nothing is decided.
    if (reply.status === 400) expect(reply.headers).not.toHaveProperty('ratelimit');
    else expect(counted(reply)).toBe(2);
  });

  it('counts by its address when a parameter of the query comes twice', async () => {
    const { get } = await serveLimitedBy(adapter, 'query:q');
    await get('/');
    expect(counted(await get('/?q=ada&q=grace'))).toBe(2);
    expect(counted(await get('/?q[]=ada'))).toBe(3);
    expect(counted(await get('/?q[x]=ada'))).toBe(4);
  });

  it.each([
    undefined,
    null,
    'ada',
    7,
    {},
    { id: Number.NaN },
    { id: Number.POSITIVE_INFINITY },
    { id: Symbol('ada') },
    { id: () => 'ada' },
    { id: new Date(Number.NaN) },
    { id: new Map([['ada', 'ada']]) },
    { id: undefined },
  ])('counts by its address when the user is %o', async (user) => {
    const { get } = await serveLimitedBy(adapter, 'user:id', { user: () => user });
    await get('/');
    expect(counted(await get('/'))).toBe(2);
  });

  it.each(['constructor', '__proto__', 'toString', 'constructor.name', '__proto__.x', 'length'])(
    'is not found in what every object has: %s',
    async (field) => {
      const { post, raw } = await serveLimitedBy(adapter, [`body:${field}`]);
      await post('/', {});
      expect(counted(await post('/', {}))).toBe(2);
      expect(counted(await raw({ method: 'POST', path: '/', from: '127.0.0.2' }))).toBe(1);
    },
  );

  it('never reads the prototype of a body that names it', async () => {
    const { raw } = await serveLimitedBy(adapter, 'body:polluted');
    const headers = { 'content-type': 'application/json' };
    await raw({ method: 'POST', path: '/', headers, body: '{"__proto__":{"polluted":"yes"}}' });
    expect(Object.prototype).not.toHaveProperty('polluted');
    const reply = await raw({ method: 'POST', path: '/', headers, body: '{}' });
    expect(reply.status).toBe(201);
  });
});

const E_MAILS = [
  ['ali@example.org', 1],
  ['ALI@Example.ORG', 2],
  ['  ali@example.org\u00a0', 3],
  ['\uff41\uff4c\uff49@example.org', 4],
  [`a\u200bli@exa${INVISIBLE}mple.org`, 5],
  ['al\u0131@example.org', 1],
  ['\u0430li@example.org', 1],
  ['\u00e1li@example.org', 1],
  ['a\u0301li@example.org', 2],
  ['ali+shop@example.org', 1],
  ['a.li@example.org', 1],
] as const;

describe.each(ADAPTERS)('the spelling of an identifier on $name', (adapter) => {
  it.each(['body:email', 'query:email'] as const)(
    'means nothing in %s as far as it is only typing: 11 e-mails are 6 identities',
    async (source) => {
      const { post, get } = await serveLimitedBy(adapter, source);
      const ask = (email: string) =>
        source === 'body:email'
          ? post('/', { email })
          : get(`/?email=${encodeURIComponent(email)}`);
      const replies = await times(E_MAILS.length, (n) => ask(E_MAILS[n]?.[0] ?? ''));
      expect(replies.map(counted)).toEqual(E_MAILS.map(([, count]) => count));
    },
  );

  it.each([
    ['a zero-width joiner', '\u200d'],
    ['a soft hyphen', '\u00ad'],
    ['a direction mark', '\u202e'],
    ['a tag character', '\u{e0041}'],
    ['a variation selector', '\ufe0f'],
    ['a variation selector beyond the first plane', '\u{e0100}'],
    ['a grapheme joiner', '\u034f'],
    ['a Hangul filler', '\u3164'],
    ['a Mongolian variation selector', '\u180b'],
  ])('means nothing where it cannot be seen: %s', async (_name, invisible) => {
    const { post } = await serveLimitedBy(adapter, 'body:email');
    await post('/', { email: 'ada@example.org' });
    const spelled = `${invisible}ad${invisible}a@example.org${invisible}`;
    expect(counted(await post('/', { email: spelled }))).toBe(2);
  });

  it('means something in a header and in a path: keys differ by their case', async () => {
    const byHeader = await serveLimitedBy(adapter, 'header:x-api-key');
    await byHeader.get('/', { 'x-api-key': 'kEy' });
    expect(counted(await byHeader.get('/', { 'x-api-key': 'key' }))).toBe(1);
    const byParam = await serveLimitedBy(adapter, 'param:id');
    await byParam.get('/kEy');
    expect(counted(await byParam.get('/key'))).toBe(1);
  });
});

describe.each(ADAPTERS)('a very long identifier on $name', (adapter) => {
  it.each([
    ['in a header', 'header:x-key', 12_000],
    ['in a body', 'body:key', 90_000],
    ['in a query', 'query:key', 12_000],
  ] as const)('is told apart by its last character %s', async (_where, source, length) => {
    const { get, post } = await serveLimitedBy(adapter, source);
    const ask = (end: string) => {
      const key = 'k'.repeat(length) + end;
      if (source === 'body:key') return post('/', { key });
      return source === 'query:key' ? get(`/?key=${key}`) : get('/', { 'x-key': key });
    };
    await ask('a');
    expect(counted(await ask('a'))).toBe(2);
    expect(counted(await ask('b'))).toBe(1);
  });
});

describe.each(ADAPTERS)('an identifier in an event on $name', (adapter) => {
  const CANARY = 'canary-ada@example.org';
  const sources = ['body:email', 'ip', ({ request }: { request: { ip: string } }) => request.ip];

  it.each(sources as never[])('is a hash, never what was sent: %s', async (by) => {
    const events: DecisionEvent[] = [];
    const config = limits({ one: windowOf(3) });
    const observers = [{ onDecision: (event: DecisionEvent) => events.push(event) }];
    const { post, log } = await serveLimitedBy(adapter, by, {
      rateSync: { config, observers, globalGuard: false },
    });
    await times(5, () => post('/', { email: CANARY }));
    expect(events).toHaveLength(5);
    const seen = inspect(events, { depth: 10, getters: true, showHidden: true }) + log.text;
    expect(seen).not.toContain(CANARY);
    expect(seen).not.toContain('127.0.0.1');
    expect(events[0]?.identifiers).toEqual([expect.stringMatching(/^[\w-]{22}$/)]);
    expect(events[4]?.identifiers).toEqual(events[0]?.identifiers);
  });
});
