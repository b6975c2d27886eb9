import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfigObject, parseConfigText } from './parse-config.js';
import type { RateSyncConfig } from './config-object.js';

const CANARY = 'c4n4ry';

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Everything that a log could show of an error. */
function shownOf(error: unknown): string {
  const stack = error instanceof Error ? `${error.message}${String(error.stack)}` : '';
  return [
    stack,
    String(error),
    JSON.stringify(error),
    inspect(error, { depth: null, showHidden: true }),
  ].join('\n');
}

const wrongStores = [
  `url = "http://user:${CANARY}@h"`,
  `url = "redis://:${CANARY}@"`,
  `url = "redis://:${CANARY}%@h"`,
  `url = "redis://h/${CANARY}"`,
  `url = "redis://h?password=${CANARY}"`,
  `url = "redis://${CANARY}:port"`,
  `urls = ["redis://a", "${CANARY}"]`,
  `urls = ["redis://:${CANARY}@a", "redis://:b@b"]`,
  `urls = "redis://:${CANARY}@a"`,
  `url = ["redis://:${CANARY}@a"]`,
  `url = "redis://${CANARY}@h"\nusername = "other"`,
  `url = "redis://:a@h"\npassword = "${CANARY}"`,
  `url = "redis://h"\npassword = ["${CANARY}"]`,
  `url = "redis://h"\npasswrd = "${CANARY}"`,
  `url = "redis://h"\npassword = "\${${CANARY}"`,
  `url = "redis://h"\nsentinel_password = "${CANARY}"`,
  `sentinels = ["redis://:${CANARY}@h:1"]`,
  `sentinels = ["${CANARY}"]`,
  `strategy = "redis://:${CANARY}@h"`,
  `url = "redis://h"\nhash_secret = ["${CANARY}"]`,
  `strategy = "memory"\nhash_secret = "${CANARY}"`,
  `url = "redis://h"\nkey_prefix = "redis://:${CANARY}@h"`,
  `url = "redis://h"\nmax_connections = "${CANARY}"`,
  `url = "redis://h"\nssl = "${CANARY}"`,
  `[stores.main."redis://:${CANARY}@h"]`,
  `url = "redis://h"\npassword = "${CANARY}`,
  `url = "redis://h" ${CANARY}`,
  `url = """${CANARY}`,
  `url = """\n${CANARY}`,
  `password = ${CANARY}`,
  `password: "${CANARY}"`,
  `password "${CANARY}"`,
  `"password" = ${CANARY}`,
  `passwrd = ${CANARY}`,
  `password = ["${CANARY}"\n"${CANARY}"]`,
  `key_prefix = "redis://:${CANARY}@h" x`,
  `db = 0 password = "${CANARY}"`,
  `db = 0 # ${CANARY}\ndb = 1`,
  `db = 0 0 # ${CANARY}`,
  `circuit_breaker = { timeout = 1 url = "${CANARY}" }`,
];

describe('no error shows a secret', () => {
  it.each(wrongStores)('written in the file: %#', (keys) => {
    const text = `[stores.main]\n${keys}\n[limiters.x]\nlimit = 1\n`;
    expect(shownOf(thrownBy(() => parseConfigText(text, { env: {} })))).not.toContain(CANARY);
  });

  it.each([
    'url',
    'urls',
    'sentinels',
    'strategy',
    'username',
    'password',
    'sentinel_password',
    'hash_secret',
    'topology',
    'db',
    'ssl',
    'ssl_cert_reqs',
    'key_prefix',
    'max_connections',
    'socket_timeout',
    'retry_on_timeout',
  ])('in a variable of %s', (key) => {
    const env = {
      SECRET: `redis://user:${CANARY}@h/x y`,
      REDIS_PASSWORD: CANARY,
      REDIS_SSL: CANARY,
    };
    const text = `[stores.main]\n${key} = "\${SECRET}"\n[limiters.x]\nlimit = 1\nstore_id = "\${SECRET}"`;
    expect(shownOf(thrownBy(() => parseConfigText(text, { env })))).not.toContain(CANARY);
  });

  it('in a file with typing errors', () => {
    const line = fc.constantFrom(
      `password = "${CANARY}"`,
      `url = "redis://:${CANARY}@h"`,
      `urls = [`,
      `  "redis://:${CANARY}@h",`,
      `]`,
      `password = """\n${CANARY}"""`,
      `circuit_breaker = { timeout = 1, password = "${CANARY}" }`,
      'key_prefix = "rs"',
      'key_prefix = "rs',
      'db = 1',
      'db = = 1',
      'identify_by = ["ip",',
      '[stores.main]',
      '[limiters.x',
    );
    const deletions = fc.array(fc.nat({ max: 10_000 }), { maxLength: 2 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), deletions, (lines, positions) => {
        let text = lines.join('\n');
        for (const position of positions) {
          const at = position % (text.length + 1);
          text = text.slice(0, at) + text.slice(at + 1);
        }
        const error = thrownBy(() => parseConfigText(text, { env: {} }));
        expect(shownOf(error)).not.toContain(CANARY);
      }),
      { numRuns: 2_000 },
    );
  });

  it('in a configuration object', () => {
    const store = { password: { secret: CANARY }, url: `redis://:${CANARY}@`, username: [CANARY] };
    const config = { stores: { main: store }, limiters: {} } as unknown as RateSyncConfig;
    expect(shownOf(thrownBy(() => parseConfigObject(config, { env: {} })))).not.toContain(CANARY);
  });
});

it('a loaded configuration does not show passwords either', () => {
  const text = `[stores.a]\nurl = "redis://:${CANARY}@h"\nhash_secret = "${CANARY}"\n[stores.b]\nsentinels = ["h:1"]\nsentinel_password = "${CANARY}"\n[limiters.x]\nstore_id = "a"\nrate_per_second = 1`;
  const config = parseConfigText(text, { env: {} });
  expect(JSON.stringify(config)).not.toContain(CANARY);
  expect(inspect(config, { depth: null, showHidden: true })).not.toContain(CANARY);
});
