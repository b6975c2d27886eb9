import type { ScriptCall } from './script-call.js';

/**
 * The calls that have no reply yet, the oldest first, and since when a reply is due.
 *
 * An array, although calls are taken out of it: replies come in the order of the calls, so that it is
 * the first one nearly always. A `Set` that is never empty keeps what was in it alive for the young
 * generation of the garbage collector, because its table points to the one it has outgrown; under
 * load that made the collector copy every answered call into the old generation.
 */
export class CallsInFlight implements Iterable<ScriptCall> {
  readonly #calls: ScriptCall[] = [];
  #requests = 0;
  #lastHeardMs = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#calls.length;
  }

  /** The sum of the requests of all calls. */
  get requests(): number {
    return this.#requests;
  }

  /** Whether nobody waits for any of them. */
  get isSettled(): boolean {
    return this.#calls.every(({ operations }) => operations.every(({ isSettled }) => isSettled));
  }

  /** Whether the server takes longer for one of them than any decision may. */
  get isAnyOverdue(): boolean {
    return this.#calls.some(({ isOverdue }) => isOverdue);
  }

  /** Since when something is due and nothing came at all; infinity while nothing is due. */
  get silentSinceMs(): number {
    const [oldest] = this.#calls;
    if (oldest === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(oldest.sentMs, this.#lastHeardMs);
  }

  [Symbol.iterator](): Iterator<ScriptCall> {
    return this.#calls.values();
  }

  /** Marks calls sent by then as overdue; returns how many operations those hold that were not yet. */
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

  /** A call was answered, or failed. */
  end(call: ScriptCall, nowMs: number): void {
    this.#lastHeardMs = nowMs;
    const index = this.#calls.indexOf(call);
    if (index === -1) return;
    if (index === 0) this.#calls.shift();
    else this.#calls.splice(index, 1);
    this.#requests -= call.requests;
  }
}
