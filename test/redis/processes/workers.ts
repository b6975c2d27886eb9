import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { bundle, type Bundle } from '../../support/http/run-bundled.js';
import type { Order } from './worker.js';

/** Several processes of the same program, which take orders of one kind. */
export class Crew<AnyOrder = Order> {
  readonly #bundle: Bundle;
  readonly #processes: readonly ChildProcess[];

  private constructor(files: Bundle, processes: readonly ChildProcess[]) {
    this.#bundle = files;
    this.#processes = processes;
  }

  static async start<AnyOrder = Order>(
    count: number,
    program = 'test/redis/processes/worker.ts',
  ): Promise<Crew<AnyOrder>> {
    const files = await bundle(program);
    return new Crew<AnyOrder>(
      files,
      Array.from({ length: count }, () => fork(files.file)),
    );
  }

  /** Asks one process, and waits for its answer. */
  async ask<Answer>(index: number, order: AnyOrder): Promise<Answer> {
    const member = this.#processes[index];
    if (member === undefined) throw new Error(`there is no process ${String(index)}`);
    member.send(order as object);
    const [said] = (await once(member, 'message')) as [{ answer: Answer; error?: string }];
    if (said.error !== undefined) throw new Error(said.error);
    return said.answer;
  }

  /** Asks all processes at the same time. */
  askAll<Answer>(order: (index: number) => AnyOrder): Promise<readonly Answer[]> {
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
