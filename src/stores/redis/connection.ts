import type { Cancel, Clock } from '../../core/clock.js';
import { StoreUnavailableError } from '../../core/errors.js';
import { failureOf, firstWord, type Place } from './failures.js';
import type { RedisClient } from './redis-client.js';
import { decisionScript } from './script.js';

/** How long a server may take to greet, once it has accepted a connection. */
const GREETING_MS = 1_000;

/** What a connection is made of, and who is told of it. */
export interface ConnectionParts {
  readonly client: RedisClient;
  /** False for a client of the application, which is never closed here. */
  readonly isOwned: boolean;
  readonly place: Place;
  readonly clock: Clock;
  readonly onUp: () => void;
  readonly onDown: () => void;
}

/** A connection to Redis that comes back by itself, and the two commands that the script needs. */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #listeners: readonly (readonly [string, (argument: unknown) => void])[];
  #failure: StoreUnavailableError;
  #cancelGreeting: Cancel = () => undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#failure = new StoreUnavailableError({ ...parts.place, kind: 'connection' });
    this.#listeners = [
      [
        'connect',
        () => {
          this.#boundGreeting();
        },
      ],
      [
        'ready',
        () => {
          this.#cancelGreeting();
          parts.onUp();
        },
      ],
      [
        'close',
        () => {
          this.#cancelGreeting();
          parts.onDown();
        },
      ],
      ['error', (error) => void (this.#failure = failureOf(error, parts.place))],
    ];
    for (const [event, listener] of this.#listeners) parts.client.on(event, listener);
  }

  /** Why the connection is down, as far as is known. */
  get failure(): StoreUnavailableError {
    return this.#failure;
  }

  /** Connects, unless the client does that already. */
  open(): void {
    const { client, onUp } = this.#parts;
    if (client.status === 'ready') setImmediate(onUp);
    else if (client.status === 'wait') this.#quietly(() => client.connect());
  }

  /** Runs the script. A server that does not know it is given the source, once. */
  async run(keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const { client } = this.#parts;
    const { sha, source } = decisionScript();
    try {
      return await client.evalsha(sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return await client.eval(source, keys.length, ...keys, ...args);
    }
  }

  /** Runs a command of administration. Rejects when it takes longer than a connection may. */
  async command(name: string, args: readonly string[]): Promise<unknown> {
    const { client, clock } = this.#parts;
    return await new Promise((resolve, reject) => {
      const late = (): void => {
        reject(new Error('Socket timeout'));
      };
      const cancel = clock.schedule(late, GREETING_MS, 'background');
      client
        .call(name, ...args)
        .then(resolve, reject)
        .finally(cancel);
    });
  }

  /** Tells the server that the next command may be about a slot that is just moving there. */
  ask(): void {
    this.#quietly(() => this.#parts.client.call('ASKING'));
  }

  /** Writes all that is sent meanwhile to the socket at once. */
  together(send: () => void): void {
    const { stream } = this.#parts.client;
    if (stream?.cork === undefined || stream.uncork === undefined) {
      send();
      return;
    }
    stream.cork();
    try {
      send();
    } finally {
      stream.uncork();
    }
  }

  /** Gives the connection up and makes a new one. Calls that are on their way fail. */
  renew(): void {
    if (this.#parts.isOwned) this.#parts.client.disconnect(true);
  }

  /** Closes what is owned, without waiting for replies, and hears no more of the client. */
  close(): void {
    const { client, isOwned } = this.#parts;
    this.#cancelGreeting();
    for (const [event, listener] of this.#listeners) client.off(event, listener);
    if (!isOwned) return;
    client.on('error', () => undefined);
    client.disconnect();
  }

  /** The client would wait for a greeting as long as for any other reply. */
  #boundGreeting(): void {
    const { client, clock, place } = this.#parts;
    if (client.status === 'ready') return;
    const giveUp = (): void => {
      this.#failure = new StoreUnavailableError({ ...place, kind: 'timeout' });
      this.renew();
    };
    this.#cancelGreeting();
    this.#cancelGreeting = clock.schedule(giveUp, GREETING_MS, 'background');
  }

  /** For calls whose failure is told by an event. */
  #quietly(call: () => Promise<unknown>): void {
    call().catch(() => undefined);
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && firstWord(error.message) === 'NOSCRIPT';
}
