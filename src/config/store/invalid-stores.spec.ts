import { describe, expect, it } from 'vitest';
import { problemsOfStore, storeProblemsIn } from '../../../test/support/config-problems.js';

const url = 'url = "redis://h"';

describe('[stores.X] refuses', () => {
  it.each([
    [
      'strategy = "redsi"',
      'strategy (2): expected "memory" or "redis", got "redsi". Did you mean "redis"?',
    ],
    ['strategy = 1', 'strategy (2): expected "memory" or "redis", got 1.'],
    ['strategy = "redis"', 'url (1): missing; a redis store requires url, urls or sentinels.'],
    [
      'strategy = "redis"\nurl = "${U:-}"',
      'url (3): missing; a redis store requires url, urls or sentinels (url: empty, because the variable is empty).',
    ],
    [
      'url = ""',
      'url (2): expected a URL that begins with redis://, rediss://, valkey://, valkeys:// or unix://.',
    ],
    [
      'url = "http://h"',
      'url (2): expected a URL that begins with redis://, rediss://, valkey://, valkeys:// or unix://, got http://.',
    ],
    ['url = 5', 'url (2): expected a URL, redis:// or rediss://, got a number.'],
    ['urls = []', 'urls (2): expected at least one URL, got an empty array.'],
    ['urls = "redis://h"', 'urls (2): expected an array of strings, got a string.'],
    [
      'urls = ["redis://h", 2]',
      'urls[1] (2): expected a URL, redis:// or rediss://, got a number.',
    ],
    [`${url}\nurls = ["redis://h"]`, 'urls (3): means the same as url. Write one of them.'],
    [
      'urls = ["redis://a", "rediss://b"]',
      'urls (2): mix redis:// and rediss://. Use one of them.',
    ],
    ['urls = ["redis://u@a", "redis://v@b"]', 'urls (2): disagree on the user name.'],
    ['urls = ["redis://a/1", "redis://b/2"]', 'urls (2): disagree on the database.'],
    [
      'url = "redis://:a@h"\npassword = "b"',
      'password (3): differs from the password in the URL. Set it in one place.',
    ],
    [
      'url = "redis://h/1"\ndb = 2',
      'db (3): differs from the database in the URL. Set it in one place.',
    ],
    [
      `${url}\ntopology = "ring"`,
      'topology (3): expected "auto", "single", "cluster" or "sentinel", got "ring".',
    ],
    [
      `${url}\ntopology = "sentinel"`,
      'topology (3): "sentinel" requires sentinels instead of a URL.',
    ],
    [
      'strategy = "redis"\ntopology = "sentinel"',
      'sentinels (1): missing; a redis store requires url, urls or sentinels.',
    ],
    [
      'urls = ["redis://a", "redis://b"]\ntopology = "single"',
      'topology (3): "single" takes one URL, got 2.',
    ],
    [
      'url = "redis://h/3"\ntopology = "cluster"',
      'db (1): must be 0, also in the URL: a cluster has no other database.',
    ],
    [
      `${url}\nsentinels = ["a:1"]`,
      'sentinels (3): cannot be combined with url. Write one of them.',
    ],
    [
      'sentinels = ["a:1"]\ntopology = "cluster"',
      'topology (3): "cluster" does not use sentinels. Write "sentinel" or leave it out.',
    ],
    ['sentinels = ["a"]', 'sentinels[0] (2): expected "host:port".'],
    ['sentinels = ["a:70000"]', 'sentinels[0] (2): expected "host:port".'],
    [`${url}\nmaster_name = "m"`, 'master_name (3): has no effect without sentinels.'],
    [`${url}\nsentinel_username = "u"`, 'sentinel_username (3): has no effect without sentinels.'],
    [`${url}\nsentinel_ssl = true`, 'sentinel_ssl (3): has no effect without sentinels.'],
    [
      'sentinels = ["a:1"]\nsentinel_username = "u"',
      'sentinel_username (3): requires sentinel_password.',
    ],
    [
      `${url}\nssl_servername = "h"`,
      'ssl_servername (3): has no effect without TLS. Write a rediss:// URL or set ssl.',
    ],
    [
      'url = "rediss://h"\nssl_servername = "10.0.0.1"',
      'ssl_servername (3): expected the host name in the certificate, such as "redis.example.org", got "10.0.0.1".',
    ],
    [
      'url = "rediss://h"\nssl_servername = "https://h"',
      'ssl_servername (3): expected the host name in the certificate, such as "redis.example.org", got "(an address)".',
    ],
    ['url = "unix:///redis.sock"\nssl = true', 'ssl (3): is not possible on a socket.'],
    [
      'urls = ["unix:///a.sock", "redis://b"]',
      'urls (2): contain a socket, which must be the only server.',
    ],
    [
      'url = "/a.sock"\ntopology = "cluster"',
      'topology (3): "cluster" does not support sockets: its nodes are reached by host and port.',
    ],
    [`${url}\npassword = ""`, 'password (3): expected a password, got an empty string.'],
    [`${url}\npassword = 123`, 'password (3): expected a password, got a number.'],
    [`${url}\ndb = -1`, 'db (3): expected a whole number from 0 to 2147483647, got -1.'],
    [`${url}\nssl = 1`, 'ssl (3): expected true or false, got 1.'],
    [
      'url = "rediss://h"\nssl = false',
      'ssl (3): contradicts the rediss:// URL, which requires TLS. Write redis://.',
    ],
    [
      `${url}\nssl_ca_certs = "/ca"`,
      'ssl_ca_certs (3): has no effect without TLS. Write a rediss:// URL or set ssl.',
    ],
    ['url = "rediss://h"\nssl_certfile = "/c"', 'ssl_certfile (3): requires ssl_keyfile.'],
    ['url = "rediss://h"\nssl_keyfile = "/c"', 'ssl_keyfile (3): requires ssl_certfile.'],
    [
      `${url}\nssl_cert_reqs = "optional"`,
      'ssl_cert_reqs (3): expected "required" or "none", got "optional".',
    ],
    [
      `${url}\nkey_prefix = "a{b}"`,
      'key_prefix (3): expected up to 64 letters, digits and any of "_.:/-", got "a{b}".',
    ],
    [
      'urls = ["redis://a", "redis://b", "redis://c"]\nmax_connections = 2',
      'max_connections (3): is too low: 3 servers require 3 connections, got 2.',
    ],
    [
      `${url}\nmax_connections = 0`,
      'max_connections (3): expected a whole number from 1 to 10000, got 0.',
    ],
    [
      `${url}\nmax_connections = 1\npool_max_size = 2`,
      'pool_max_size (4): means the same as max_connections, but has another value. Write one of them.',
    ],
    [
      `${url}\nsocket_timeout = 0`,
      'socket_timeout (3): expected seconds from 0.001 to 3600, in whole milliseconds, got 0.',
    ],
    [
      `${url}\ndecision_timeout = 61`,
      'decision_timeout (3): expected seconds from 0.001 to 60, in whole milliseconds, got 61.',
    ],
    [
      `${url}\ndecision_timeout = nan`,
      'decision_timeout (3): expected seconds from 0.001 to 60, in whole milliseconds, got NaN.',
    ],
    [
      `${url}\ndeny_cache_seconds = -1`,
      'deny_cache_seconds (3): expected seconds from 0 to 3600, in whole milliseconds, got -1.',
    ],
    [
      `${url}\nmax_in_flight = 1.5`,
      'max_in_flight (3): expected a whole number from 1 to 100000, got 1.5.',
    ],
    [
      'strategy = "memory"\nmax_keys = 20_000_000',
      'max_keys (3): expected a whole number from 1 to 10000000, got 20000000.',
    ],
    [
      `${url}\nmax_conections = 1`,
      'max_conections (3): unknown key. Did you mean "max_connections"?',
    ],
    [`${url}\ncircuit_breaker = 1`, 'circuit_breaker (3): expected a table, got a number.'],
    [
      `${url}\n[stores.main.circuit_breaker]\ntimout = 1`,
      'circuit_breaker.timout (4): unknown key. Did you mean "timeout"?',
    ],
    [
      `${url}\n[stores.main.circuit_breaker]\nfailure_threshold = 0`,
      'circuit_breaker.failure_threshold (4): expected a whole number from 1 to 10000, got 0.',
    ],
    [
      `${url}\nconstructor = 1`,
      'constructor (3): reserved name: it has a special meaning in JavaScript.',
    ],
  ])('%j', (keys, expected) => {
    expect(storeProblemsIn(keys)).toBe(expected);
  });

  it('takes the same value twice', () => {
    expect(problemsOfStore(`strategy = "redis"\nengine = "redis"\n${url}`)).toEqual([]);
    expect(
      problemsOfStore('url = "redis://u:p@h/1"\nusername = "u"\npassword = "p"\ndb = 1'),
    ).toEqual([]);
  });
});
