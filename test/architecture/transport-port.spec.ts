import { describe, expect, it } from 'vitest';
import { isModule, readModule, targetOf } from './modules.js';
import { sources } from './sources.js';

/** What only a transport knows of HTTP: statuses, header names, how Nest reaches a request. */
const HTTP_TERMS =
  /\b(?:4\d\d|503|HttpException|HttpStatus|switchToHttp|httpAdapter|HttpAdapterHost|IncomingMessage|ServerResponse)\b|['"](?:http|retry-after|ratelimit[\w-]*|content-type|cache-control|x-[\w-]+)['"]/i;

function breachesOf(path: string, text: string): string[] {
  const code = text.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
  const module = readModule({ path, text });
  const imported = module.imports
    .map((specifier) => targetOf(module, specifier) ?? '')
    .filter((target) => /^nest\/transports\/[^/]+\//.test(target))
    .map((target) => `${path}: imports ${target}`);
  const [term] = HTTP_TERMS.exec(code) ?? [];
  return term === undefined ? imported : [...imported, `${path}: ${term}`];
}

describe('the guard and the decorators', () => {
  it('know no transport', () => {
    const files = sources('src').filter(
      ({ path }) => isModule(path) && /^nest\/(?:guard|decorators)\//.test(path),
    );
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap(({ path, text }) => breachesOf(path, text))).toEqual([]);
  });
});

describe('the check of the transport port', () => {
  it.each([
    "import { ClientIp } from '../transports/http/client-ip.js';",
    "import type { ClientIp } from '../transports/http/client-ip.js';",
    'const status = 429;',
    'const status = HttpStatus.TOO_MANY_REQUESTS;',
    "set('Retry-After', '1');",
    'execution.switchToHttp();',
    "execution.getType() === 'http';",
  ])('finds %s', (text) => {
    expect(breachesOf('nest/guard/a.ts', text)).toHaveLength(1);
  });

  it.each([
    "import type { RateLimitTransport } from '../transports/transport.js';",
    '/** 429, with `Retry-After` */',
    "execution.getType() === 'graphql';",
  ])('accepts %s', (text) => {
    expect(breachesOf('nest/guard/a.ts', text)).toEqual([]);
  });
});
