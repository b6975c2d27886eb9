import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redisServerBinary } from '../support/redis/redis-binary.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/redis/temporary-folder.js';

const SCRIPT = resolve(import.meta.dirname, '../../scripts/ensure-tools.mjs');

describe('scripts/ensure-tools.mjs', () => {
  let bin: TemporaryFolder;
  beforeEach(async () => {
    bin = await makeTemporaryFolder('bin');
  });
  afterEach(() => bin.remove());

  /** A program of the system that the script sees. */
  function program(name: string, body = 'exit 0'): string {
    const file = join(bin.path, name);
    writeFileSync(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${body}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  function redis(version: string, name = 'redis-server'): string {
    return program(name, `echo "Redis server v=${version} sha=0:0 malloc=libc bits=64"`);
  }

  /** Notes how it was called, and installs a server. */
  function installer(name: string): void {
    const [calls, made, server] = ['calls', 'made', 'redis-server'].map((file) =>
      join(bin.path, file),
    );
    redis('7.0.15', 'made');
    const install = `echo "${name} $*" >> ${String(calls)}; cp ${String(made)} ${String(server)}`;
    program(name, `[ "$1" = --version ] || { ${install}; }`);
  }

  function ensure(env: Record<string, string> = {}): { status: number | null; said: string } {
    const options = { env: { PATH: bin.path, ...env }, encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], options);
    return { status, said: stdout + stderr };
  }

  function others(): void {
    for (const name of ['openssl', 'prometheus', 'promtool']) program(name);
  }

  it('does nothing when everything is there', () => {
    redis('8.2.1');
    others();
    expect(ensure()).toEqual({ status: 0, said: '' });
  });

  it('believes the variable that says where the server is', () => {
    others();
    const chosen = redis('7.0.15', 'my-redis');
    expect(ensure({ REDIS_SERVER_BIN: chosen })).toEqual({ status: 0, said: '' });
    installer('apt-get');
    const { status, said } = ensure({ REDIS_SERVER_BIN: join(bin.path, 'nothing') });
    expect(status).toBe(1);
    expect(said).not.toContain('installing');
  });

  it.each([
    ['apt-get', 'apt-get update\napt-get install -y --no-install-recommends redis-server\n'],
    ['apk', 'apk add redis\n'],
    ['dnf', 'dnf install -y redis\n'],
    ['brew', 'brew install redis\n'],
  ])('installs what is missing or too old with %s', (name, calls) => {
    others();
    program('sudo', `shift; [ "$1" = true ] || exec ${bin.path}/"$@"`);
    redis('6.0.16');
    installer(name);
    expect(ensure().status).toBe(0);
    expect(readFileSync(join(bin.path, 'calls'), 'utf8')).toBe(calls);
  });

  it('believes the variables that say where Prometheus is', () => {
    redis('8.2.1');
    program('openssl');
    const [server, tool] = [program('my-prometheus'), program('my-promtool')];
    const chosen = { PROMETHEUS_BIN: server, PROMTOOL_BIN: tool };
    expect(ensure(chosen)).toEqual({ status: 0, said: '' });
    expect(ensure({ PROMETHEUS_BIN: server }).status).toBe(1);
  });

  it('installs one package for both programs of Prometheus', () => {
    redis('8.2.1');
    program('openssl');
    installer('apk');
    program('sudo', `shift; [ "$1" = true ] || exec ${bin.path}/"$@"`);
    ensure();
    expect(readFileSync(join(bin.path, 'calls'), 'utf8')).toBe('apk add prometheus\n');
  });

  it.each([
    ['there is no package manager', undefined],
    ['the installation fails', 'exit 1'],
  ])('stops and says in one sentence what to do when %s', (_, body) => {
    if (body !== undefined) program('apt-get', body);
    const { status, said } = ensure();
    expect(status).toBe(1);
    expect(said).toMatch(
      /need redis-server and openssl and prometheus and promtool, .* or set REDIS_SERVER_BIN, .*\.\n$/,
    );
  });
});

describe('redisServerBinary', () => {
  it('finds it', () => {
    expect(existsSync(redisServerBinary())).toBe(true);
  });
});
