import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { COMPOSE_FILES, variablesOf } from './compose.js';
import { envProduction, kitText } from './kit.js';
import { CAPACITIES } from './production-limits.js';

const ROOT = resolve(import.meta.dirname, '../..');

/** For people at a terminal, and nothing of a deployment. */
const NOT_FOR_DEPLOYMENTS = ['NO_COLOR', 'FORCE_COLOR', 'CI', 'TERM', 'COLUMNS'];

function sources(folder: string): string {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .filter((file) => !file.startsWith('testing'))
    .map((file) => readFileSync(join(ROOT, folder, file), 'utf8'))
    .join('\n');
}

/** `env['NAME']`, `env.NAME`, `variable(env, 'NAME')` and constants called `..._VARIABLE`. */
function variablesRead(code: string): readonly string[] {
  const ways = [
    /\benv\[\s*'([A-Z][A-Z0-9_]*)'\s*\]/g,
    /\benv\.([A-Z][A-Z0-9_]+)\b/g,
    /\bvariable\([\w.]+, '([A-Z][A-Z0-9_]*)'\)/g,
    /_VARIABLE = '([A-Z][A-Z0-9_]*)'/g,
  ];
  return ways.flatMap((way) => [...code.matchAll(way)].map(([, name]) => name ?? ''));
}

const inCode = variablesRead(sources('src') + sources('sample-app/src')).filter(
  (name) => !NOT_FOR_DEPLOYMENTS.includes(name),
);
const inFiles = ['rate-sync.production.toml', ...COMPOSE_FILES.map((file) => `compose/${file}`)];

describe('.env.production', () => {
  it('has every variable that code, configuration and compose files read, and no other', () => {
    const read = inFiles.flatMap((file) => [...variablesOf(kitText(file))]);
    expect(inCode).toEqual(expect.arrayContaining(['REDIS_PASSWORD', 'RATE_SYNC_CONFIG', 'PORT']));
    expect([...envProduction().keys()].sort()).toEqual([...new Set([...inCode, ...read])].sort());
  });

  it('says what each is for', () => {
    const blocks = kitText('.env.production').split('\n\n');
    const unexplained = blocks.filter((block) => /^[A-Z]\w*=/m.test(block) && !/^# /.test(block));
    expect(unexplained).toEqual([]);
  });

  it('holds no secret', () => {
    const secrets = [...envProduction()].filter(([name]) => /PASSWORD|SECRET|URL/.test(name));
    expect(secrets.length).toBeGreaterThan(3);
    expect(secrets.filter(([, value]) => value !== '')).toEqual([]);
  });

  it('makes, filled in, a configuration with the limiters of the repository', async () => {
    const config = resolve(ROOT, 'docs/deployment/rate-sync.production.toml');
    const blank = Object.fromEntries(envProduction());
    const env = { ...blank, REDIS_URL: 'redis://redis:6379/0', REDIS_PASSWORD: 'pw1' };
    const { limiters, stores } = await loadConfig({ config, env });
    const usual = await loadConfig({ config: resolve(ROOT, 'rate-sync.toml'), env });
    expect(limiters).toEqual(usual.limiters);
    expect(limiters.map(({ id }) => id)).toEqual(Object.keys(CAPACITIES));
    expect(stores).toMatchObject([{ id: 'main', strategy: 'redis' }]);
  });

  it('does not start an app that nobody told where Redis is', async () => {
    const config = resolve(ROOT, 'docs/deployment/rate-sync.production.toml');
    await expect(loadConfig({ config, env: Object.fromEntries(envProduction()) })).rejects.toThrow(
      'stores.main',
    );
  });
});
