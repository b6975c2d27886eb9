import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Lease, Limiter } from '../../src/limiter/limiter.js';
import { createRateSync } from '../../src/runtime/create-rate-sync.js';
import { runCli } from '../support/command-line.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { makeTemporaryFolder } from '../support/redis/temporary-folder.js';
import { callsOf } from './faults/commands.js';

/** Traffic on one limiter, and the time until it is steady. */
interface Load {
  readonly lines: string;
  readonly identifiers: number;
  readonly rps: number;
  readonly settleMs: number;
  readonly heldMs?: number;
}

const LOADS: Readonly<Record<string, Load>> = {
  'a token bucket': {
    lines: 'rate_per_second = 0.5\nburst = 20',
    identifiers: 2_500,
    rps: 500,
    settleMs: 5_000,
  },
  'a window that is seldom full': {
    lines: 'algorithm = "sliding_window"\nlimit = 10\nwindow_seconds = 4',
    identifiers: 1_000,
    rps: 600,
    settleMs: 5_000,
  },
  'a large window': {
    lines: 'algorithm = "sliding_window"\nlimit = 500\nwindow_seconds = 5',
    identifiers: 50,
    rps: 800,
    settleMs: 6_000,
  },
  'a window that denies most calls': {
    lines: 'algorithm = "sliding_window"\nlimit = 5\nwindow_seconds = 2',
    identifiers: 300,
    rps: 1_500,
    settleMs: 5_000,
  },
  'slots beside a token bucket': {
    lines: 'rate_per_second = 1\nburst = 20\nmax_concurrent = 20',
    identifiers: 1_000,
    rps: 300,
    settleMs: 5_000,
    heldMs: 2_000,
  },
};

const MEASURED_MS = 2_000;

/** Requests of random identifiers, one at a time, so that none are batched. */
class Driver {
  readonly #load: Load;
  readonly #limiter: Limiter;
  readonly #held: { readonly lease: Lease; readonly endsAt: number }[] = [];

  constructor(load: Load, limiter: Limiter) {
    this.#load = load;
    this.#limiter = limiter;
  }

  async run(forMs: number): Promise<void> {
    const start = performance.now();
    for (let sent = 0; performance.now() < start + forMs; sent++) {
      await this.#send();
      const early = start + (sent * 1_000) / this.#load.rps - performance.now();
      if (early > 1) await sleep(early);
    }
  }

  async #send(): Promise<void> {
    const { identifiers, heldMs } = this.#load;
    const identifier = `caller-${String(Math.floor(Math.random() * identifiers))}`;
    if (heldMs === undefined) {
      await this.#limiter.consume(identifier);
      return;
    }
    const lease = await this.#limiter.acquire(identifier);
    this.#held.push({ lease, endsAt: performance.now() + heldMs });
    const [first] = this.#held;
    if (first === undefined || first.endsAt > performance.now()) return;
    this.#held.shift();
    await first.lease.release();
  }
}

/** The memory of keys and tables: what the server uses beyond its idle use. */
async function bytesOfKeys(server: RedisServer): Promise<number> {
  await server.info('memory'); // The first command after a pause allocates buffers.
  const before = await server.info('memory');
  await server.command('FLUSHALL', 'SYNC');
  const after = await server.info('memory');
  return Number(before['used_memory']) - Number(after['used_memory']);
}

/** Real traffic on a real server: bytes at its end, script calls and requests per second meanwhile. */
async function measure(server: RedisServer, path: string, load: Load) {
  const rateSync = await createRateSync({ config: path, env: {} });
  try {
    await server.command('FLUSHALL', 'SYNC'); // The first one allocates 24 kB.
    const driver = new Driver(load, rateSync.limiters.find('planned').limiter);
    await driver.run(load.settleMs);
    const [calls, start] = [await callsOf(server, 'evalsha'), performance.now()];
    await driver.run(MEASURED_MS);
    const seconds = (performance.now() - start) / 1_000;
    const perSecond = ((await callsOf(server, 'evalsha')) - calls) / seconds;
    return { bytes: await bytesOfKeys(server), perSecond };
  } finally {
    await rateSync.close();
  }
}

it.concurrent.each(Object.entries(LOADS))(
  'plans %s within a fifth of its real use',
  async (_, load) => {
    const server = await RedisServer.start();
    const folder = await makeTemporaryFolder('plan');
    try {
      const path = join(folder.path, 'rate-sync.toml');
      const store = `[stores.main]\nurl = "redis://127.0.0.1:${String(server.port)}"`;
      await writeFile(path, `${store}\n[limiters.planned]\n${load.lines}\n`);
      const traffic = [
        `--identifiers=${String(load.identifiers)}`,
        `--rps=${String(load.rps)}`,
        `--held-ms=${String(load.heldMs ?? 100)}`,
      ];
      const { code, out } = await runCli(['plan', '--config', path, '--json', ...traffic]);
      expect(code).toBe(0);
      const { total } = JSON.parse(out) as { total: { bytes: number; commandsPerSecond: number } };
      const measured = await measure(server, path, load);
      const ratios = [total.bytes / measured.bytes, total.commandsPerSecond / measured.perSecond];
      for (const ratio of ratios) {
        expect(ratio).toBeGreaterThan(0.8);
        expect(ratio).toBeLessThan(1.2);
      }
    } finally {
      await server.stop();
      await folder.remove();
    }
  },
);
