import { describe, expect, it } from 'vitest';
import { storeProblemsIn, type Env } from '../../../test/support/config-problems.js';

const url = 'url = "redis://h"';

describe('variables in [stores.X]', () => {
  it.each([
    [
      'url = "${U}"',
      {},
      'url (2): the environment variable U is not set. Set it, or give a default as in ${U:-default}.',
    ],
    [
      'url = "${U}"',
      { U: 'http://canary' },
      'url (2): expected a URL that begins with redis://, rediss://, valkey://, valkeys:// or unix://, got http://. The value comes from ${U}.',
    ],
    [
      `${url}\nmax_connections = "\${N}"`,
      { N: 'canary' },
      'max_connections (3): expected a whole number from 1 to 10000, got a string from ${N}.',
    ],
    [
      `${url}\nmax_connections = "\${N}"`,
      { N: '' },
      'max_connections (3): expected a whole number from 1 to 10000, got an empty string from ${N}.',
    ],
    [
      `${url}\nmax_connections = "\${N}"`,
      { N: '0' },
      'max_connections (3): expected a whole number from 1 to 10000, got 0 from ${N}.',
    ],
    [
      `${url}\nmax_connections = "5"`,
      {},
      'max_connections (3): expected a whole number from 1 to 10000, got a string.',
    ],
    [
      `${url}\nssl = "\${S}"`,
      { S: 'canary' },
      'ssl (3): expected true or false, got a string from ${S}.',
    ],
    [
      'strategy = "${S}"',
      { S: 'canary' },
      'strategy (2): expected "memory" or "redis", got a string from ${S}.',
    ],
    [
      `${url}\nsocket_timeout = "\${A}.\${B}"`,
      { A: '1', B: 'x' },
      'socket_timeout (3): expected seconds from 0.001 to 3600, in whole milliseconds, got a string from ${A} and ${B}.',
    ],
  ])('%j with %j', (keys, env, expected) => {
    expect(storeProblemsIn(keys, env as Env)).toBe(expected);
    expect(storeProblemsIn(keys, env as Env)).not.toContain('canary');
  });
});
