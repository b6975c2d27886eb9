import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { bundle, type Bundle } from '../../support/http/run-bundled.js';
import type { Order } from './worker.js';

/** Several processes of the same program. */
export class Crew {
  readonly #bundle: Bundle;
  readonly #processes: readonly ChildProcess[];

  private constructor(files: Bundle, processes: readonly ChildProcess[]) {
    this.#bundle = files;
    this.#processes = processes;
  }

  static async start(count: number): Promise<Crew> {
    const files = await bundle('test/redis/processes/worker.ts');
    return new Crew(
      files,
      Array.from({ length: count }, () => fork(files.file)),
    );
  }

  /** Asks one process, and waits for its answer. */
  async ask<Answer>(index: number, order: Order): Promise<Answer> {
    const member = this.#processes[index];
    if (member === undefined) throw new Error(`there is no process ${String(index)}`);
    member.send(order);
    const [said] = (await once(member, 'message')) as [{ answer: Answer; error?: string }];
    if (said.error !== undefined) throw new Error(said.error);
    return said.answer;
  }

  /** Asks all processes at the same time. */
  askAll<Answer>(order: (index: number) => Order): Promise<readonly Answer[]> {
    return Promise.all(this.#processes.map((_, index) => this.ask<Answer>(index, order(index))));
  }

  /** Ends a process without a chance to clean up. */
  async kill(index: number): Promise<void> {
    const member = this.#processes[index];
    member?.kill('SIGKILL');
    if (member !== undefined) await once(member, 'exit');
  }

  async end(): Promise<void> {
    for (const member of this.#processes) member.kill('SIGKILL');
    await this.#bundle.remove();
  }
}
