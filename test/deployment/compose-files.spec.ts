import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  COMPOSE_FILES,
  composedService,
  networksOf,
  readCompose,
  redisServices,
  variablesOf,
} from './compose.js';
import { envProduction, KIT, kitText } from './kit.js';

const SERVERS = { 'one-server.yml': 1, 'sentinel.yml': 3, 'cluster.yml': 3 };
const SECRETS = { REDIS_PASSWORD: 'pw1', REDIS_SENTINEL_PASSWORD: 'pw2' };

describe.each(COMPOSE_FILES)('%s', (file) => {
  const compose = readCompose(file);
  const services = Object.entries(compose.services);
  const servers = redisServices(compose);
  const withoutApp = services.filter(([name]) => name !== 'app');

  it('has the servers that it promises, and the app', () => {
    expect(servers).toHaveLength(SERVERS[file]);
    expect(Object.keys(compose.services)).toContain('app');
  });

  it('publishes the app only, to this machine only', () => {
    expect(withoutApp.filter(([, { ports = [] }]) => ports.length > 0)).toEqual([]);
    for (const port of compose.services['app']?.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('keeps Redis in a network without a way in or out', () => {
    expect(compose.networks['redis']?.internal).toBe(true);
    for (const [, service] of withoutApp) expect(networksOf(service)).toEqual(['redis']);
    expect(networksOf(compose.services['app'] ?? {})).toEqual(['front', 'redis']);
  });

  it.each(servers)('runs %s with a password, an append-only file, a bound and a volume', (name) => {
    const service = composedService(file, name, SECRETS);
    const command = service.command?.join(' ') ?? '';
    for (const option of [
      '--requirepass pw1',
      '--appendonly yes',
      '--maxmemory 256mb',
      '--maxmemory-policy noeviction',
    ]) {
      expect(command).toContain(option);
    }
    expect(service.volumes).toContain(`${name}-data:/data`);
  });

  it('checks the health of every service that stays, with the password', () => {
    for (const [name, { healthcheck, environment }] of withoutApp) {
      if (name === 'cluster') continue;
      expect(healthcheck?.test[1], name).toMatch(/^redis-cli .* grep -q/);
      expect(environment, name).toHaveProperty('REDISCLI_AUTH');
    }
  });

  it('does not start without its passwords', () => {
    expect(() => composedService(file, servers[0] ?? '', {})).toThrow('REDIS_PASSWORD is the');
  });

  it('asks for variables that .env.production has', () => {
    const known = [...envProduction().keys()];
    const asked = [...variablesOf(kitText(`compose/${file}`))];
    expect(asked).toContain('REDIS_PASSWORD');
    expect(known).toEqual(expect.arrayContaining(asked));
  });

  it('gives the app only variables that .env.production has', () => {
    const given = Object.keys(compose.services['app']?.environment ?? {});
    expect([...envProduction().keys()]).toEqual(expect.arrayContaining(given));
  });

  it('mounts, builds and waits for things that exist', () => {
    for (const [, { volumes = [], build, depends_on: others = {} }] of services) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) expect(existsSync(resolve(KIT, 'compose', source))).toBe(true);
        else expect(compose.volumes).toHaveProperty(source);
      }
      if (build !== undefined) {
        const context = resolve(KIT, 'compose', build.context);
        expect(existsSync(resolve(context, build.dockerfile))).toBe(true);
        expect(existsSync(resolve(context, 'package-lock.json'))).toBe(true);
      }
      for (const name of Object.keys(others)) expect(compose.services).toHaveProperty(name);
    }
  });

  it('names services, in addresses, that exist', () => {
    const environment = Object.values(compose.services['app']?.environment ?? {}).join(',');
    const hosts = [...environment.matchAll(/([a-z]+(?:-\d)?):\d+/g)].map(([, host]) => host);
    expect(hosts.length).toBeGreaterThan(0);
    for (const host of hosts) expect(compose.services).toHaveProperty(host ?? '');
  });
});
