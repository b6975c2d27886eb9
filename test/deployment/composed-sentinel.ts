import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../support/redis/free-port.js';
import { RespConnection } from '../support/redis/resp.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/redis/temporary-folder.js';
import { waitUntil } from '../support/redis/wait-until.js';
import type { Service } from './compose.js';
import type { Ports } from './composed-server.js';
import { kitText } from './kit.js';
import { startScript } from './scripts.js';

/** A sentinel of a compose file, started here by its own script from its own sentinel.conf. */
export class ComposedSentinel {
  readonly port: number;
  readonly #folder: TemporaryFolder;
  readonly #service: Service;
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: TemporaryFolder, service: Service) {
    this.port = port;
    this.#folder = folder;
    this.#service = service;
  }

  static async start(service: Service, ports: Ports): Promise<ComposedSentinel> {
    const sentinel = new ComposedSentinel(
      await freePort(),
      await makeTemporaryFolder('sentinel'),
      service,
    );
    await writeFile(
      sentinel.#template,
      withLocalNames(kitText('compose/sentinel.conf'), sentinel.port, ports),
    );
    await sentinel.restart();
    return sentinel;
  }

  /** Kills it, if it runs, and runs its script again. */
  async restart(): Promise<void> {
    await this.#kill();
    const [, script = ''] = this.#service.command ?? [];
    // Its name is how others reach it: here, the address.
    this.#child = await startScript(script.replace(/.*\//, ''), ['127.0.0.1'], {
      ...this.#service.environment,
      SENTINEL_TEMPLATE: this.#template,
      SENTINEL_FILE: join(this.#folder.path, 'sentinel.conf'),
    });
    await waitUntil('a sentinel to answer', async () => (await this.ask('myid')).length === 40);
  }

  /** What `SENTINEL ...` answers, asked with the password that its container has. */
  async ask(...args: readonly string[]): Promise<string> {
    return String(await this.#command(args));
  }

  /** What it knows of the primary, by name. */
  async master(): Promise<Readonly<Record<string, string>>> {
    const flat = await this.#command(['MASTER', 'mymaster']);
    const all = Array.isArray(flat) ? flat.map(String) : [];
    return Object.fromEntries(
      all.flatMap((name, at) => (at % 2 === 0 ? [[name, all[at + 1] ?? '']] : [])),
    );
  }

  async stop(): Promise<void> {
    await this.#kill();
    await this.#folder.remove();
  }

  async #command(args: readonly string[]): Promise<unknown> {
    const password = this.#service.environment?.['REDISCLI_AUTH'];
    const connection = await RespConnection.open(this.port, { password });
    try {
      return await connection.command('SENTINEL', ...args);
    } finally {
      connection.close();
    }
  }

  async #kill(): Promise<void> {
    if (this.#child?.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  get #template(): string {
    return join(this.#folder.path, 'template.conf');
  }
}

function withLocalNames(config: string, port: number, ports: Ports): string {
  const local = config
    .replace('port 26379', `port ${String(port)}\nbind 127.0.0.1`)
    .replace(
      /(?<= mymaster )(\S+) 6379/,
      (_, name: string) => `127.0.0.1 ${String(ports.get(name))}`,
    );
  return local;
}
