import type { Cancel, Clock } from '../../../core/clock.js';
import { StoreUnavailableError } from '../../../core/errors/index.js';
import type { Backoff } from './backoff.js';
import { isUnknownScript } from './classify-error.js';
import { failureOf, type FailureOrigin } from './failures.js';
import { PlainHello } from './plain-hello.js';
import type { RedisClient } from './redis-client.js';
import { decisionScript } from '../lua/script.js';

/** How long a server that has greeted before may take to greet, once it has accepted a connection. */
const GREETING_MS = 1_000;

/** How often another server is looked for behind the same address, at most. */
const LOOK_EVERY_MS = 1_000;

/** What a connection is made of, and who is told of it. */
export interface ConnectionOptions {
  readonly client: RedisClient;
  /** False for a client of the application, which is never closed here. */
  readonly isOwned: boolean;
  readonly origin: FailureOrigin;
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** How long the first greeting may take: the start waits for it, and requests do not. */
  readonly firstGreetingMs: number;
  readonly onUp: () => void;
  readonly onDown: () => void;
}

/** A connection to Redis that comes back by itself, and the commands that a store needs. */
export class Connection {
  /** Whether the other side is told a name and asked what it is. */
  readonly greeting: PlainHello;
  readonly #options: ConnectionOptions;
  readonly #listeners: Readonly<Record<string, (argument: unknown) => void>>;
  #failure: StoreUnavailableError;
  #isOpen = false;
  #isRefused = false;
  #isClosed = false;
  #hasGreeted = false;
  #mayLookAtMs = Number.NEGATIVE_INFINITY;
  #cancelGreeting: Cancel = () => undefined;
  #cancelRetry: Cancel = () => undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#failure = new StoreUnavailableError({ ...options.origin, kind: 'connection' });
    this.greeting = new PlainHello(options.client, options.isOwned);
    const note = (error: unknown): void => {
      this.#note(error);
    };
    this.#listeners = {
      connecting: () => {
        // ioredis hears the first error of a socket only; TLS has more than one, and an error that
        // nobody hears ends the process.
        setImmediate(() => options.client.stream?.on?.('error', () => undefined));
      },
      connect: () => {
        this.#isRefused = false;
        this.#isClosed = false;
        this.greeting.begin();
        this.#boundGreeting();
      },
      ready: () => {
        this.#ready();
      },
      close: () => {
        this.#isClosed = true;
        this.#cancelGreeting();
        if (!this.greeting.closed()) options.onDown();
      },
      end: () => {
        this.#ended();
      },
      error: note,
      sentinelError: note,
    };
    for (const [event, listener] of Object.entries(this.#listeners)) {
      options.client.on(event, listener);
    }
  }

  /** Why the connection is down, as far as is known. */
  get failure(): StoreUnavailableError {
    return this.#failure;
  }

  /** Connects, unless that was done or the client does it already. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { client } = this.#options;
    if (client.status === 'ready') {
      setImmediate(() => {
        this.#ready();
      });
    } else if (client.status === 'wait') {
      this.#quietly(() => client.connect());
    } else if (client.status === 'end') {
      setImmediate(this.#options.onDown);
    }
  }

  /**
   * Runs the script. A server that does not know it is given the source, once. Never throws. By
   * callbacks, because this is on the path of every decision and a promise more is felt there.
   */
  run(
    keys: readonly string[],
    words: string,
    onReply: (reply: unknown) => void,
    onError: (error: unknown) => void,
  ): void {
    const { client } = this.#options;
    const { sha, source } = decisionScript();
    const attempt = (send: () => Promise<unknown>, onFailed: (error: unknown) => void): void => {
      try {
        send().then(onReply, onFailed);
      } catch (error) {
        onFailed(error);
      }
    };
    attempt(
      () => client.evalshaBuffer(sha, keys.length, ...keys, words),
      (error) => {
        if (!isUnknownScript(error)) onError(error);
        else attempt(() => client.evalBuffer(source, keys.length, ...keys, words), onError);
      },
    );
  }

  /** Runs a command, for a second at most. Null for `HELLO` where the other side closes on it. */
  async command(name: string, args: readonly string[]): Promise<unknown> {
    if (name === 'HELLO' && this.greeting.isPlain) return null;
    const { client, clock } = this.#options;
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
    this.#quietly(() => this.#options.client.call('ASKING'));
  }

  /** Writes all that is sent meanwhile to the socket at once. */
  together(send: () => void): void {
    const { stream } = this.#options.client;
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
  renew(failure?: StoreUnavailableError): void {
    if (failure !== undefined) this.#failure = failure;
    this.greeting.end();
    if (this.#options.isOwned) this.#options.client.disconnect(true);
  }

  /** Looks for another server behind the same address: this one takes no writes any more. */
  lookElsewhere(): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs < this.#mayLookAtMs) return;
    this.#mayLookAtMs = nowMs + LOOK_EVERY_MS;
    this.renew();
  }

  /** Closes what is owned, without waiting for replies, and hears no more of the client. */
  close(): void {
    const { client, isOwned } = this.#options;
    this.#cancelGreeting();
    this.#cancelRetry();
    for (const [event, listener] of Object.entries(this.#listeners)) client.off(event, listener);
    if (!isOwned) return;
    client.on('error', () => undefined);
    client.disconnect();
  }

  /** An error before the greeting is over means that the server refused a part of it. */
  #note(error: unknown): void {
    const { client, origin } = this.#options;
    this.#failure = failureOf(error, origin);
    if (this.greeting.isHungUpBy(this.#failure.failureCode)) return;
    if (client.status !== 'connect') return;
    this.#isRefused = true;
    this.greeting.end();
  }

  /** A server that did not give the database that was asked for is not the one to count in. */
  #ready(): void {
    this.#cancelGreeting();
    if (this.#isClosed) {
      // ioredis 5 says so when a greeting ends because the connection was lost, and would believe it.
      if (this.#options.isOwned) this.#options.client.status = 'close';
      return;
    }
    if (this.#isRefused) {
      this.renew();
      return;
    }
    this.#hasGreeted = true;
    this.#options.onUp();
  }

  /** The client does not try again by itself: what it asked for an address told none. */
  #ended(): void {
    const { client, isOwned, clock, backoff, onDown } = this.#options;
    this.#cancelGreeting();
    onDown();
    if (!isOwned) return;
    const again = (): void => {
      this.#quietly(() => client.connect());
    };
    this.#cancelRetry();
    this.#cancelRetry = clock.schedule(again, backoff.nextMs(), 'background');
  }

  /** The client would wait for a greeting as long as for any other reply. */
  #boundGreeting(): void {
    const { client, clock, origin, firstGreetingMs } = this.#options;
    if (client.status === 'ready') return;
    const giveUp = (): void => {
      this.renew(new StoreUnavailableError({ ...origin, kind: 'timeout' }));
    };
    this.#cancelGreeting();
    const patienceMs = this.#hasGreeted ? GREETING_MS : firstGreetingMs;
    this.#cancelGreeting = clock.schedule(giveUp, patienceMs, 'background');
  }

  /** For calls whose failure is told by an event. */
  #quietly(call: () => Promise<unknown>): void {
    call().catch(() => undefined);
  }
}
