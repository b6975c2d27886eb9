import { systemClock } from '../../../core/clock.js';
import type { StoreUnavailableError } from '../../../core/errors/index.js';
import { Backoff } from './backoff.js';
import { createClient } from './create-client.js';
import { Connection } from './connection.js';
import { addressOf, type Endpoint } from '../endpoint.js';
import { failureOf } from './failures.js';
import { readHello, type Hello } from './hello.js';
import { missingRight, type MissingRight } from './missing-rights.js';
import type { RedisSettings } from '../settings.js';

/** The outcome of a command. */
export type AdminReply =
  | { readonly isAnswer: true; readonly value: unknown }
  | {
      readonly isAnswer: false;
      readonly failure: StoreUnavailableError;
      /** The right that the user lacks, when that is why the server refused; else null. */
      readonly missing: MissingRight | null;
    };

/** A connection that is up, and the reply to its hello. */
interface OpenedConnection {
  readonly connection: Connection;
  readonly greeting: Hello;
}

/**
 * One connection to one server of a store, for the commands of operators. It uses the settings of the
 * store, so that it fails where the store would, and does not reconnect.
 */
export class AdminConnection {
  readonly endpoint: Endpoint;
  readonly address: string;
  /** The server by its reply to `HELLO`. */
  readonly greeting: Hello;
  readonly #storeId: string;
  readonly #connection: Connection;

  private constructor(
    endpoint: Endpoint,
    settings: RedisSettings,
    { connection, greeting }: OpenedConnection,
  ) {
    this.greeting = greeting;
    this.endpoint = endpoint;
    this.address = addressOf(endpoint);
    this.#storeId = settings.id;
    this.#connection = connection;
  }

  /**
   * Connects and authenticates, within `socket_connect_timeout` and a second for the hello. Rejects
   * with `StoreUnavailableError`, which holds the cause; with `ConfigurationError` when a certificate
   * file cannot be used.
   */
  static async open(endpoint: Endpoint, settings: RedisSettings): Promise<AdminConnection> {
    const opened = await openConnection(endpoint, settings);
    return new AdminConnection(endpoint, settings, opened);
  }

  /** Whether the other side closes connections on `CLIENT SETNAME` or `HELLO`. */
  get isPlain(): boolean {
    return this.#connection.hello.isPlain;
  }

  /** Runs a command, for a second at most. Never rejects. */
  async ask(name: string, ...args: readonly string[]): Promise<AdminReply> {
    try {
      return { isAnswer: true, value: await this.#connection.command(name, args) };
    } catch (error) {
      const failure = failureOf(error, { storeId: this.#storeId, address: this.address });
      return { isAnswer: false, failure, missing: missingRight(messageOf(error)) };
    }
  }

  close(): void {
    this.#connection.close();
  }
}

async function openConnection(
  endpoint: Endpoint,
  settings: RedisSettings,
): Promise<OpenedConnection> {
  const backoff = new Backoff();
  let onUp = (): void => undefined;
  let onDown = (): void => undefined;
  const connection = new Connection({
    client: createClient(endpoint, settings, backoff),
    isOwned: true,
    origin: { storeId: settings.id, address: addressOf(endpoint) },
    clock: systemClock,
    backoff,
    firstHelloMs: settings.socketConnectTimeoutMs,
    onUp: () => {
      onUp();
    },
    onDown: () => {
      onDown();
    },
  });
  const nextUp = (): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      onUp = resolve;
      onDown = () => {
        reject(connection.failure);
      };
    });
  try {
    const isUp = nextUp();
    connection.open();
    await isUp;
    return { connection, greeting: await sayHello(connection, nextUp()) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Sends `HELLO`. Where that closes the connection, waits for the one without it. */
async function sayHello(connection: Connection, reconnected: Promise<void>): Promise<Hello> {
  reconnected.catch(() => undefined);
  const reply = await connection.command('HELLO', []).catch(() => null);
  if (connection.hello.isRepeated) await reconnected;
  connection.hello.end();
  return readHello(reply);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
