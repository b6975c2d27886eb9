import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../core/errors/index.js';
import { loadConfig, type LoadConfigOptions } from './load-config.js';

const named = (limiter: string) =>
  `[stores.main]\nstrategy = "memory"\n[limiters.${limiter}]\nrate_per_second = 1\n`;

let cwd = '';
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'rate-sync-'));
  await mkdir(join(cwd, 'config'));
});
afterEach(() => rm(cwd, { recursive: true }));

const write = (name: string, content: string | Uint8Array) => writeFile(join(cwd, name), content);

async function limiterOf(options: LoadConfigOptions): Promise<string | undefined> {
  const { limiters } = await loadConfig({ cwd, env: {}, ...options });
  return limiters[0]?.id;
}

async function errorOf(options: LoadConfigOptions): Promise<ConfigurationError> {
  const error: unknown = await loadConfig({ cwd, env: {}, ...options }).catch(
    (reason: unknown) => reason,
  );
  if (error instanceof ConfigurationError) return error;
  throw new Error('not refused with a ConfigurationError');
}

describe('loadConfig', () => {
  it('looks for the file in each place in order', async () => {
    await write('config/rate-sync.toml', named('in_config'));
    expect(await limiterOf({})).toBe('in_config');
    await write('rate-sync.toml', named('in_cwd'));
    expect(await limiterOf({})).toBe('in_cwd');
    await write('other.toml', named('in_env'));
    const env = { RATE_SYNC_CONFIG: 'other.toml' };
    expect(await limiterOf({ env })).toBe('in_env');
    await write('named.toml', named('in_options'));
    expect(await limiterOf({ env, config: 'named.toml' })).toBe('in_options');
    expect(await limiterOf({ env, config: join(cwd, 'named.toml') })).toBe('in_options');
    expect(await limiterOf({ env, config: '' })).toBe('in_env');
    expect(await limiterOf({ env: { RATE_SYNC_CONFIG: '' } })).toBe('in_cwd');
  });

  it('takes an object, and then looks for no file', async () => {
    const config = {
      stores: { main: { strategy: 'memory' } },
      limiters: { own: { ratePerSecond: 1 } },
    } as const;
    expect(await limiterOf({ config })).toBe('own');
    expect((await loadConfig({ config, env: {}, cwd })).source).toBeNull();
  });

  it('expands variables in the file', async () => {
    await write('rate-sync.toml', named('x').replace('"memory"', '"${STRATEGY}"'));
    expect(await limiterOf({ env: { STRATEGY: 'memory' } })).toBe('x');
  });

  it('names the file and the line of a problem', async () => {
    await write('rate-sync.toml', `${named('x')}burts = 1`);
    const error = await errorOf({});
    expect(error.source).toBe(join(cwd, 'rate-sync.toml'));
    expect(error.problems).toMatchObject([{ path: 'limiters.x.burts', line: 5 }]);
  });

  it('takes a byte order mark', async () => {
    await write('rate-sync.toml', `\ufeff${named('x')}`);
    expect(await limiterOf({})).toBe('x');
  });
});

describe('loadConfig refuses', () => {
  it('to start without a file, and says where it looked', async () => {
    const { message } = await errorOf({});
    for (const place of [
      '$RATE_SYNC_CONFIG',
      join(cwd, 'rate-sync.toml'),
      join(cwd, 'config', 'rate-sync.toml'),
    ]) {
      expect(message).toContain(place);
    }
    expect(message).toContain('Create one of these');
  });

  it('a named file that does not exist, even when others do', async () => {
    await write('rate-sync.toml', named('x'));
    const missing = join(cwd, 'missing.toml');
    expect((await errorOf({ config: missing })).message).toBe(
      `RATE_SYNC_INVALID_CONFIG: 1 problem in ${missing}\n  - this file does not exist.`,
    );
    expect((await errorOf({ env: { RATE_SYNC_CONFIG: missing } })).message).toContain(
      'this file does not exist ($RATE_SYNC_CONFIG names it).',
    );
    expect((await errorOf({ config: 'rate-sync.toml/x' })).message).toContain('does not exist');
  });

  it('a directory, a device and an invalid path', async () => {
    expect((await errorOf({ config: 'config' })).message).toContain('this is a directory');
    expect((await errorOf({ config: '/dev/null' })).message).toContain('a device or pipe');
    expect((await errorOf({ config: 'a\0b' })).message).toContain('cannot be read');
    expect((await errorOf({ config: 'x'.repeat(5000) })).message).toContain('ENAMETOOLONG');
  });

  it('a file that is too big, without reading it', async () => {
    await write('rate-sync.toml', named('x'));
    await truncate(join(cwd, 'rate-sync.toml'), 2 ** 32);
    expect((await errorOf({})).problems).toEqual([
      { path: '', line: null, message: 'a configuration may have at most 256 KB.' },
    ]);
  });

  it('a file that is not text', async () => {
    await write('rate-sync.toml', Uint8Array.of(0x61, 0xff, 0xfe));
    expect((await errorOf({})).message).toContain('not text in UTF-8');
  });
});
