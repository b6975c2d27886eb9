import type { ScriptCall } from './script-call.js';

/**
 * The calls without a reply, the oldest first, and since when a reply is due.
 *
 * An array, although calls are removed from it: replies come in the order of the calls, so that it is
 * nearly always the first one. A `Set` that is never empty keeps its former entries alive in the young
 * generation of the garbage collector, because its table points to the one it has outgrown; under
 * load the collector then copied every finished call into the old generation.
 */
export class CallsInFlight implements Iterable<ScriptCall> {
  readonly #calls: ScriptCall[] = [];
  #requests = 0;
  #lastReplyMs = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#calls.length;
  }

  /** The sum of the requests of all calls. */
  get requests(): number {
    return this.#requests;
  }

  /** Whether no caller waits for any of them. */
  get isSettled(): boolean {
    return this.#calls.every(({ operations }) => operations.every(({ isSettled }) => isSettled));
  }

  /** Whether the server has taken longer for one of them than any decision may take. */
  get isAnyOverdue(): boolean {
    return this.#calls.some(({ isOverdue }) => isOverdue);
  }

  /** Since when the server has been silent although a reply is due; infinity while none is due. */
  get silentSinceMs(): number {
    const [oldest] = this.#calls;
    if (oldest === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(oldest.sentMs, this.#lastReplyMs);
  }

  [Symbol.iterator](): Iterator<ScriptCall> {
    return this.#calls.values();
  }

  /** Marks calls sent by then as overdue; returns the number of operations in newly marked calls. */
  noteOverdue(sentByMs: number): number {
    let operations = 0;
    for (const call of this.#calls) {
      if (call.isOverdue || call.sentMs > sentByMs) continue;
      call.isOverdue = true;
      operations += call.operations.length;
    }
    return operations;
  }

  add(call: ScriptCall): void {
    this.#calls.push(call);
    this.#requests += call.requests;
  }

  /** A call has a reply, or failed. */
  end(call: ScriptCall, nowMs: number): void {
    this.#lastReplyMs = nowMs;
    const index = this.#calls.indexOf(call);
    if (index === -1) return;
    if (index === 0) this.#calls.shift();
    else this.#calls.splice(index, 1);
    this.#requests -= call.requests;
  }
}
