import { describe, expect, it } from 'vitest';
import { parseHostAndPort, parseRedisUrl } from './redis-url.js';

const noLogin = { username: null, password: null, db: null, parameters: [] };

const loginOf = (username: string, password: string) => ({ ...noLogin, username, password });

describe('parseRedisUrl', () => {
  it.each([
    ['redis://h', { node: { host: 'h', port: 6379 }, tls: false, ...noLogin }],
    ['REDIS://h:1/', { node: { host: 'h', port: 1 }, tls: false, ...noLogin }],
    ['rediss://h:65535/15', { node: { host: 'h', port: 65535 }, tls: true, ...noLogin, db: 15 }],
    [
      'redis://:0123@h:6379/0',
      { node: { host: 'h', port: 6379 }, tls: false, ...noLogin, password: '0123', db: 0 },
    ],
    [
      'redis://us%40er:p%3Aw%2F%25@h',
      {
        node: { host: 'h', port: 6379 },
        tls: false,
        ...noLogin,
        username: 'us@er',
        password: 'p:w/%',
      },
    ],
    ['redis://[::1]:7000', { node: { host: '::1', port: 7000 }, tls: false, ...noLogin }],
    [
      'redis://user@h',
      { node: { host: 'h', port: 6379 }, tls: false, ...noLogin, username: 'user' },
    ],
  ])('reads %s', (text, url) => {
    expect(parseRedisUrl(text)).toEqual({ ok: true, url });
  });

  it.each([
    ['valkey://h', { node: { host: 'h', port: 6379 }, tls: false, ...noLogin }],
    [
      'valkeys://u:p@h:1/2',
      { node: { host: 'h', port: 1 }, tls: true, ...loginOf('u', 'p'), db: 2 },
    ],
    ['unix:///run/redis.sock', { node: { path: '/run/redis.sock' }, tls: false, ...noLogin }],
    ['UNIX:///a%20b/c', { node: { path: '/a b/c' }, tls: false, ...noLogin }],
    [
      'unix://us%3Aer:p%40w:d@/run/redis.sock',
      { node: { path: '/run/redis.sock' }, tls: false, ...loginOf('us:er', 'p@w:d') },
    ],
    ['/run/redis.sock', { node: { path: '/run/redis.sock' }, tls: false, ...noLogin }],
    [
      'redis://h/1?family=6&db=2&family=4',
      {
        node: { host: 'h', port: 6379 },
        tls: false,
        ...noLogin,
        db: 1,
        parameters: ['family', 'db'],
      },
    ],
    [
      'unix:///run/redis.sock?db=1',
      { node: { path: '/run/redis.sock' }, tls: false, ...noLogin, parameters: ['db'] },
    ],
  ])('B3: reads %s', (text, url) => {
    expect(parseRedisUrl(text)).toEqual({ ok: true, url });
  });

  it.each([
    ['', /^expected a URL that begins with redis:\/\/, .* or unix:\/\/\.$/],
    ['host:6379', /begins with redis/],
    ['http://:canary@h', /got http:\/\/\.$/],
    ['redis://', /^is a URL without a host name/],
    ['redis:///0', /^is a URL without a host name/],
    ['redis://:canary@', /^is not a URL/],
    ['redis://h:0', /port from 1 to 65535/],
    ['redis://h:65536', /^is not a URL/],
    ['redis://h:canary', /^is not a URL/],
    ['redis://:can#ary@h', /^is not a URL/],
    ['redis://can/ary@h', /path is not the number/],
    ['redis://h/canary', /path is not the number/],
    ['redis://h/-1', /path is not the number/],
    ['redis://h/1/2', /path is not the number/],
    ['redis://h#canary', /fragment/],
    ['redis://user:6379?can=1&ary@h', /%3F/],
    ['redis://user:6379#canary@h', /%23/],
    ['unix://:canary@h/redis.sock', /^is a unix:\/\/ URL without an absolute path/],
    ['unix://canary.sock', /absolute path/],
    ['unix:///canary/', /absolute path/],
    ['unix://:canary%@/redis.sock', /%25/],
    ['unix:///redis.sock#canary', /fragment/],
    ['./canary.sock', /begins with redis/],
    ['/canary/', /begins with redis/],
    ['redis://:canary%@h', /%25/],
    ['redis://[canary]:1', /^is not a URL/],
  ])('refuses %s without repeating it', (text, expected) => {
    const parsed = parseRedisUrl(text);
    expect(parsed).toMatchObject({
      ok: false,
      problem: expect.stringMatching(expected) as unknown,
    });
    expect(JSON.stringify(parsed)).not.toMatch(/canary|ary@|can\//);
  });
});

describe('parseHostAndPort', () => {
  it.each([
    ['sentinel-1:26379', { host: 'sentinel-1', port: 26379 }],
    ['10.0.0.1:1', { host: '10.0.0.1', port: 1 }],
    ['[fd00::1]:26379', { host: 'fd00::1', port: 26379 }],
    [' h:65535 ', { host: 'h', port: 65535 }],
  ])('reads %s', (text, node) => {
    expect(parseHostAndPort(text)).toEqual(node);
  });

  it.each(['', 'h', 'h:', ':1', 'h:0', 'h:65536', 'h:x', 'u@h:1', 'redis://h:1', '::1:1', '[h]:1'])(
    'refuses %j',
    (text) => {
      expect(parseHostAndPort(text)).toBeNull();
    },
  );
});
