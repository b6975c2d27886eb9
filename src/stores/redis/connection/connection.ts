import type { Cancel, Clock } from '../../../core/clock.js';
import { StoreUnavailableError } from '../../../core/errors/index.js';
import { decisionScript } from '../lua/script.js';
import type { Backoff } from './backoff.js';
import { isUnknownScript } from './classify-error.js';
import { failureOf, type FailureOrigin } from './failures.js';
import { PlainHello } from './plain-hello.js';
import { listenTo, type RedisClient } from './redis-client.js';

/** How long any command may take, and every hello but the first. */
const COMMAND_MS = 1_000;

/** The shortest time between two reconnections that look for another server at the same address. */
const RECONNECT_EVERY_MS = 1_000;

/** What a connection is created with, and what it notifies. */
export interface ConnectionOptions {
  readonly client: RedisClient;
  /** False for a client of the application, which is never closed here. */
  readonly isOwned: boolean;
  readonly origin: FailureOrigin;
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** How long the first hello may take: the start waits for it, and requests do not. */
  readonly firstHelloMs: number;
  readonly onUp: () => void;
  readonly onDown: () => void;
}

/** A connection to Redis that reconnects by itself, and the commands that a store needs. */
export class Connection {
  /** Whether the connection sends its name and `HELLO`. */
  readonly hello: PlainHello;
  readonly #options: ConnectionOptions;
  readonly #script = decisionScript();
  readonly #stopListening: () => void;
  #failure: StoreUnavailableError;
  #isOpen = false;
  #isRefused = false;
  #isClosed = false;
  #hasBeenReady = false;
  #mayReconnectAtMs = Number.NEGATIVE_INFINITY;
  #cancelHelloTimeout: Cancel = () => undefined;
  #cancelRetry: Cancel = () => undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#failure = new StoreUnavailableError({ ...options.origin, kind: 'connection' });
    this.hello = new PlainHello(options.client, options.isOwned);
    this.#stopListening = listenTo(options.client, {
      onConnect: () => {
        this.#isRefused = false;
        this.#isClosed = false;
        this.hello.begin();
        this.#limitHello();
      },
      onReady: () => {
        this.#ready();
      },
      onClose: () => {
        this.#isClosed = true;
        this.#cancelHelloTimeout();
        if (!this.hello.closed()) options.onDown();
      },
      onEnd: () => {
        this.#ended();
      },
      onError: (error) => {
        this.#note(error);
      },
    });
  }

  /** Why the connection is down, as far as that is known. */
  get failure(): StoreUnavailableError {
    return this.#failure;
  }

  /** Connects, unless the client is connecting or connected. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { client } = this.#options;
    if (client.status === 'ready') {
      setImmediate(() => {
        this.#ready();
      });
    } else if (client.status === 'wait') {
      ignoreRejection(client.connect());
    } else if (client.status === 'end') {
      setImmediate(this.#options.onDown);
    }
  }

  /**
   * Runs the script. A server that does not know it receives the source, once. Never throws. Takes
   * callbacks, because every decision runs this and the cost of one more promise is measurable.
   */
  run(
    keys: readonly string[],
    argument: string,
    onReply: (reply: unknown) => void,
    onError: (error: unknown) => void,
  ): void {
    const { client } = this.#options;
    const { sha, source } = this.#script;
    const attempt = (send: () => Promise<unknown>, onFailed: (error: unknown) => void): void => {
      try {
        send().then(onReply, onFailed);
      } catch (error) {
        onFailed(error);
      }
    };
    attempt(
      () => client.evalshaBuffer(sha, keys.length, ...keys, argument),
      (error) => {
        if (!isUnknownScript(error)) onError(error);
        else attempt(() => client.evalBuffer(source, keys.length, ...keys, argument), onError);
      },
    );
  }

  /** Runs a command, for a second at most. Null for `HELLO` where the other side closes on it. */
  async command(name: string, args: readonly string[]): Promise<unknown> {
    if (name === 'HELLO' && this.hello.isPlain) return null;
    const { client, clock } = this.#options;
    return await new Promise((resolve, reject) => {
      const late = (): void => {
        reject(new Error('Socket timeout'));
      };
      const cancel = clock.schedule(late, COMMAND_MS, 'background');
      client
        .call(name, ...args)
        .then(resolve, reject)
        .finally(cancel);
    });
  }

  /** Sends `ASKING`: the next command may be for a hash slot that is moving to the server. */
  sendAsking(): void {
    ignoreRejection(this.#options.client.call('ASKING'));
  }

  /** Writes everything that is sent meanwhile to the socket at once. */
  corked(send: () => void): void {
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

  /** Gives up the connection and makes a new one. Calls in flight fail. */
  renew(failure?: StoreUnavailableError): void {
    if (failure !== undefined) this.#failure = failure;
    this.hello.end();
    if (this.#options.isOwned) this.#options.client.disconnect(true);
  }

  /** Reconnects to find another server at the same address: this one accepts no writes any more. */
  reconnect(): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs < this.#mayReconnectAtMs) return;
    this.#mayReconnectAtMs = nowMs + RECONNECT_EVERY_MS;
    this.renew();
  }

  /** Closes an owned client without waiting for replies, and stops listening to any client. */
  close(): void {
    const { client, isOwned } = this.#options;
    this.#cancelHelloTimeout();
    this.#cancelRetry();
    this.#stopListening();
    if (!isOwned) return;
    client.on('error', () => undefined);
    client.disconnect();
  }

  /** An error before the client is ready means that the server refused a part of the hello. */
  #note(error: unknown): void {
    const { client, origin } = this.#options;
    this.#failure = failureOf(error, origin);
    if (this.hello.isHungUpBy(this.#failure.failureCode)) return;
    if (client.status !== 'connect') return;
    this.#isRefused = true;
    this.hello.end();
  }

  /** A server that refused the database must not count. */
  #ready(): void {
    this.#cancelHelloTimeout();
    if (this.#isClosed) {
      // ioredis 5 reports `ready` when the connection is lost during the hello, and would stay so.
      if (this.#options.isOwned) this.#options.client.status = 'close';
      return;
    }
    if (this.#isRefused) {
      this.renew();
      return;
    }
    this.#hasBeenReady = true;
    this.#options.onUp();
  }

  /** The client does not retry by itself, because it found no address to connect to. */
  #ended(): void {
    const { client, isOwned, clock, backoff, onDown } = this.#options;
    this.#cancelHelloTimeout();
    onDown();
    if (!isOwned) return;
    const retry = (): void => {
      ignoreRejection(client.connect());
    };
    this.#cancelRetry();
    this.#cancelRetry = clock.schedule(retry, backoff.nextMs(), 'background');
  }

  /** Limits the time of the hello, for which the client would wait as long as for any other reply. */
  #limitHello(): void {
    const { client, clock, origin, firstHelloMs } = this.#options;
    if (client.status === 'ready') return;
    const giveUp = (): void => {
      this.renew(new StoreUnavailableError({ ...origin, kind: 'timeout' }));
    };
    this.#cancelHelloTimeout();
    const timeoutMs = this.#hasBeenReady ? COMMAND_MS : firstHelloMs;
    this.#cancelHelloTimeout = clock.schedule(giveUp, timeoutMs, 'background');
  }
}

/** For commands whose failure an event reports. */
function ignoreRejection(command: Promise<unknown>): void {
  command.catch(() => undefined);
}
