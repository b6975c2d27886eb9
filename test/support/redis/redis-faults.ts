import { mkdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { snapshotFile } from './redis-options.js';
import type { RedisServer } from './redis-server.js';
import { RespError } from './resp.js';
import { waitUntil } from './wait-until.js';

/** A fault that ends by itself. */
export interface Spell {
  /** Resolves when the server is as it was before. */
  readonly over: Promise<void>;
}

/** Nothing listens there. */
const DEAD_PORT = 1;
/** While it loads, a server answers after each key of this size. */
const FILLER = 'x'.repeat(2_048);
const FILLER_MS = 10;

/** Makes a server refuse, each time with another error. */
export class RedisFaults {
  readonly #server: RedisServer;
  /** What the settings were before they were changed. */
  readonly #before = new Map<string, string>();

  constructor(server: RedisServer) {
    this.#server = server;
  }

  /** Refuses what needs memory: OOM. */
  async oom(): Promise<void> {
    await this.#configure('maxmemory-policy', 'noeviction');
    await this.#configure('maxmemory', '1');
  }

  /** Refuses writes: READONLY, as a primary does that has just been demoted. */
  async readonly(): Promise<void> {
    await this.#server.command('REPLICAOF', '127.0.0.1', DEAD_PORT);
  }

  /** Refuses connections beyond this many; the harness has one already. */
  async maxclients(count: number): Promise<void> {
    await this.#configure('maxclients', String(count));
  }

  /** Refuses writes because it cannot save: MISCONF. */
  async misconf(): Promise<void> {
    await this.#configure('save', '3600 1');
    // A folder in the way stops root too.
    const inTheWay = snapshotFile(this.#server.dir);
    await rm(inTheWay, { force: true });
    await mkdir(inTheWay, { recursive: true });
    await this.#server.command('BGSAVE');
    await this.#saved('err');
  }

  /** Undoes what lasts: oom, readonly, maxclients and misconf. */
  async heal(): Promise<void> {
    for (const [name, value] of this.#before) {
      await this.#server.command('CONFIG', 'SET', name, value);
    }
    const { role, master_port: primaryPort } = await this.#server.info('replication');
    if (role === 'slave' && primaryPort === String(DEAD_PORT)) {
      await this.#server.command('REPLICAOF', 'NO', 'ONE');
    }
    if (this.#before.has('save')) {
      await rm(snapshotFile(this.#server.dir), { recursive: true, force: true });
      await this.#server.command('BGSAVE');
      await this.#saved('ok');
    }
    this.#before.clear();
  }

  /** Is busy with a script for so long; everybody else gets BUSY. Returns when that has begun. */
  async busy(ms: number): Promise<Spell> {
    const threshold = await this.#setting('busy-reply-threshold');
    await this.#server.command('CONFIG', 'SET', 'busy-reply-threshold', 1);
    const runner = await this.#server.connect({ timeoutMs: ms + 30_000 });
    const ended = runner.command('EVAL', 'while true do end', 0).catch(() => undefined);
    await this.#answers('BUSY');
    const end = async (): Promise<void> => {
      await sleep(ms, undefined, { ref: false });
      await this.#server.command('SCRIPT', 'KILL');
      await ended;
      runner.close();
      await this.#server.command('CONFIG', 'SET', 'busy-reply-threshold', threshold);
    };
    return { over: quietly(end()) };
  }

  /**
   * Starts anew, with its data, and takes about so long to load them; everybody gets LOADING.
   * Returns when that has begun. Not for nodes of a cluster.
   */
  async loading(ms: number): Promise<Spell> {
    const fillers = Array.from(
      { length: Math.max(20, Math.ceil(ms / FILLER_MS)) },
      (_, index) => `harness:filler:${String(index)}`,
    );
    await this.#server.command('CONFIG', 'SET', 'rdbcompression', 'no');
    await Promise.all(fillers.map((key) => this.#server.command('SET', key, FILLER)));
    const keys = Number(await this.#server.command('DBSIZE'));
    const delay = String(Math.round((ms * 1_000) / keys));
    const args = ['--key-load-delay', delay, '--loading-process-events-interval-bytes', '1024'];
    await this.#server.restart({ keepData: true, whileLoading: true, args });
    this.#before.clear();
    const end = async (): Promise<void> => {
      await waitUntil('the data to be loaded', () => this.#isLoaded(), { timeoutMs: ms + 15_000 });
      await this.#server.command('CONFIG', 'SET', 'key-load-delay', 0);
      await this.#server.command('UNLINK', ...fillers);
    };
    return { over: quietly(end()) };
  }

  async #isLoaded(): Promise<boolean> {
    return (await this.#server.info('persistence'))['loading'] === '0';
  }

  async #answers(code: string): Promise<void> {
    await waitUntil(`the answer ${code}`, () =>
      this.#server.command('PING').then(
        () => false,
        (error: unknown) => error instanceof RespError && error.code === code,
      ),
    );
  }

  async #saved(status: 'ok' | 'err'): Promise<void> {
    await waitUntil(`the status of the last snapshot: ${status}`, async () => {
      const info = await this.#server.info('persistence');
      return info['rdb_bgsave_in_progress'] === '0' && info['rdb_last_bgsave_status'] === status;
    });
  }

  async #configure(name: string, value: string): Promise<void> {
    if (!this.#before.has(name)) this.#before.set(name, await this.#setting(name));
    await this.#server.command('CONFIG', 'SET', name, value);
  }

  async #setting(name: string): Promise<string> {
    const answer = await this.#server.command('CONFIG', 'GET', name);
    return Array.isArray(answer) ? String(answer[1]) : '';
  }
}

/** A test that does not wait for the end may have stopped the server by then. */
function quietly(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined);
  return promise;
}
