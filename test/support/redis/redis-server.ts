import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { endWithThisProcess } from './process-end.js';
import { redisServerBinary } from './redis-binary.js';
import { RedisFaults } from './redis-faults.js';
import {
  configLines,
  harnessConnection,
  serverArguments,
  serverUrl,
  snapshotFile,
  type RedisServerOptions,
} from './redis-options.js';
import { parseInfo, RespConnection, RespError, type RespOptions, type RespValue } from './resp.js';
import { makeTemporaryFolder, type TemporaryFolder } from './temporary-folder.js';

export type { RedisServerOptions } from './redis-options.js';

/** How a server comes back. */
export interface RestartOptions {
  /** Whether it has its data again; not unless said otherwise. */
  readonly keepData?: boolean;
  /** How long nothing listens. */
  readonly delayMs?: number;
  /** For this start only. */
  readonly args?: readonly string[];
  /** Whether to return while it still loads its data. */
  readonly whileLoading?: boolean;
}

const START_MS = 15_000;

/** A redis-server of its own, in a folder of its own. It ends with this process. */
export class RedisServer {
  readonly port: number;
  /** With the password of the user `default`. */
  readonly url: string;
  readonly dir: string;
  readonly faults: RedisFaults;
  readonly #folder: TemporaryFolder;
  readonly #options: RedisServerOptions;
  #child: ChildProcess | undefined;
  #control: RespConnection | undefined;
  #isPaused = false;

  private constructor(port: number, folder: TemporaryFolder, options: RedisServerOptions) {
    this.port = port;
    this.dir = folder.path;
    this.#folder = folder;
    this.url = serverUrl(options, port);
    this.faults = new RedisFaults(this);
    this.#options = options;
  }

  /** Starts a server and waits until it answers. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const port = options.port ?? (await freePort());
    const server = new RedisServer(port, await makeTemporaryFolder('redis'), options);
    try {
      await writeFile(server.#configFile, `${configLines(options).join('\n')}\n`);
      await server.#spawn({});
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Of the process that runs now, or ran last. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /** Whether it runs and is not paused. */
  get isLiving(): boolean {
    return this.isRunning && !this.#isPaused;
  }

  /** Sends a command over a connection that was there before the fault. */
  async command(...args: readonly (string | number | Buffer)[]): Promise<RespValue> {
    if (this.#control?.isClosed !== false) this.#control = await this.connect();
    return this.#control.command(...args);
  }

  /** Opens one more connection, as a user that may do everything. */
  connect(options: Pick<RespOptions, 'timeoutMs' | 'encoding'> = {}): Promise<RespConnection> {
    const ours = harnessConnection(this.#options, this.dir);
    return RespConnection.open(this.port, { ...ours, ...options });
  }

  /** What INFO says, by name. */
  async info(section: string): Promise<Readonly<Record<string, string>>> {
    return parseInfo(await this.command('INFO', section));
  }

  /** Ends it without a farewell. */
  async kill(): Promise<void> {
    this.#control?.close();
    const child = this.#child;
    if (child === undefined || !this.isRunning) return;
    const exited = once(child, 'exit');
    this.resume();
    child.kill('SIGKILL');
    await exited;
  }

  /** Ends it and removes what it wrote. */
  async stop(): Promise<void> {
    await this.kill();
    await this.#folder.remove();
  }

  /** Nothing is answered from now on; the system still accepts connections. */
  pause(): void {
    this.#isPaused = true;
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#isPaused = false;
    this.#child?.kill('SIGCONT');
  }

  /** Kills it, if it runs, and starts it again with the same port and options. */
  async restart(options: RestartOptions = {}): Promise<void> {
    const { keepData = false, delayMs = 0 } = options;
    this.resume();
    if (keepData && this.isRunning) await this.command('SAVE');
    await this.kill();
    if (!keepData) await this.#removeData();
    await sleep(delayMs);
    await this.#spawn(options);
  }

  async #removeData(): Promise<void> {
    await rm(snapshotFile(this.dir), { recursive: true, force: true });
    await rm(join(this.dir, 'appendonlydir'), { recursive: true, force: true });
  }

  async #spawn({ args = [], whileLoading = false }: RestartOptions): Promise<void> {
    const all = [this.#configFile, ...serverArguments(this.#options, this.port, this.dir), ...args];
    const log = openSync(this.#logFile, 'a');
    const child = spawn(redisServerBinary(), all, { cwd: this.dir, stdio: ['ignore', log, log] });
    closeSync(log);
    child.once('error', () => undefined);
    this.#child = child;
    endWithThisProcess(child);
    const deadline = performance.now() + START_MS;
    for (;;) {
      if (!this.isRunning) throw new Error(`redis-server did not start: ${this.#lastWords()}`);
      const connection = await this.connect().catch(() => undefined);
      if (connection !== undefined && (await this.#isReady(connection, whileLoading))) {
        this.#control = connection;
        return;
      }
      connection?.close();
      if (performance.now() > deadline) {
        throw new Error(`redis-server does not answer: ${this.#lastWords()}`);
      }
      await sleep(15);
    }
  }

  async #isReady(connection: RespConnection, whileLoading: boolean): Promise<boolean> {
    const answer = await connection.command('INFO', 'server').catch(() => undefined);
    if (answer === undefined) return false;
    const info = parseInfo(answer);
    if (info['process_id'] !== String(this.pid)) {
      throw new Error(`somebody else answers on port ${String(this.port)}`);
    }
    return connection.command('PING').then(
      () => true,
      (error: unknown) => whileLoading && error instanceof RespError && error.code === 'LOADING',
    );
  }

  get #configFile(): string {
    return join(this.dir, 'redis.conf');
  }

  get #logFile(): string {
    return join(this.dir, 'redis.log');
  }

  #lastWords(): string {
    return readFileSync(this.#logFile, 'utf8').slice(-1_000);
  }
}
