import type { ScriptCall } from './script-call.js';

/**
 * The calls that have no reply yet, the oldest first.
 *
 * An array, although calls are taken out of it: replies come in the order of the calls, so that it is
 * the first one nearly always. A `Set` that is never empty keeps what was in it alive for the young
 * generation of the garbage collector, because its table points to the one it has outgrown; under
 * load that made the collector copy every answered call into the old generation.
 */
export class CallsInFlight implements Iterable<ScriptCall> {
  readonly #calls: ScriptCall[] = [];
  #requests = 0;

  get size(): number {
    return this.#calls.length;
  }

  /** The sum of the requests of all calls. */
  get requests(): number {
    return this.#requests;
  }

  [Symbol.iterator](): Iterator<ScriptCall> {
    return this.#calls.values();
  }

  add(call: ScriptCall): void {
    this.#calls.push(call);
    this.#requests += call.requests;
  }

  delete(call: ScriptCall): void {
    const index = this.#calls.indexOf(call);
    if (index === -1) return;
    if (index === 0) this.#calls.shift();
    else this.#calls.splice(index, 1);
    this.#requests -= call.requests;
  }
}
