/* A Redis server of its own for a benchmark, on a free port, gone when the benchmark is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { CORE, keepOn } from './harness.mjs';

const PROGRAM = process.env.REDIS_SERVER_BIN || 'redis-server';

/** Starts the server and tells what it has done. */
export async function startRedis() {
  const port = await freePort();
  const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', tmpdir()];
  const child = spawn(PROGRAM, [...place, '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
  if (child.pid !== undefined) keepOn(CORE.server, child.pid);
  const failed = new Promise((_, reject) => {
    child.once('error', ({ code }) => {
      reject(new Error(`cannot start ${PROGRAM} (${code}): set REDIS_SERVER_BIN to its path`));
    });
    child.once('exit', () => reject(new Error(`${PROGRAM} ended at once`)));
  });
  process.once('exit', () => child.kill());
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

  const retry = { retryStrategy: () => 50, maxRetriesPerRequest: null };
  const client = new Redis({ host: '127.0.0.1', port, ...retry });
  client.on('error', () => undefined);
  const greeting = await Promise.race([client.info('server'), failed]);
  failed.catch(() => undefined);
  // Benchmarks delete everything: the server must not be another one, which took the port.
  if (valueOf(greeting, 'process_id') !== String(child.pid)) throw new Error(`${port} is taken`);

  return {
    client,
    url: `redis://127.0.0.1:${port}`,
    version: valueOf(greeting, 'redis_version'),
    usage: () => usageOf(client),
    close: async () => {
      client.disconnect();
      const ended = child.exitCode === null ? once(child, 'exit') : null;
      child.kill();
      await ended;
    },
  };
}

/** CPU so far in microseconds, and script calls so far. What scripts call is not counted. */
async function usageOf(client) {
  const info = await client.info('cpu', 'commandstats');
  const seconds = ['used_cpu_user', 'used_cpu_sys'].map((name) => Number(valueOf(info, name)));
  const calls = ['cmdstat_eval', 'cmdstat_evalsha'].map((name) =>
    Number(/calls=(\d+)/.exec(valueOf(info, name))?.[1] ?? 0),
  );
  return { cpuUs: sum(seconds) * 1e6, calls: sum(calls) };
}

function valueOf(info, name) {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
