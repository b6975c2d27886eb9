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

/** What became of a command. */
export type AdminReply =
  | { readonly isAnswer: true; readonly value: unknown }
  | {
      readonly isAnswer: false;
      readonly failure: StoreUnavailableError;
      /** Set when the server refused for want of a right. */
      readonly missing: MissingRight | null;
    };

/**
 * One connection to one server of a store, for what operators ask: made with the store's own
 * settings, so that it fails where the store would. It does not come back when it is lost.
 */
export class AdminConnection {
  readonly endpoint: Endpoint;
  readonly address: string;
  /** What the server says it is. */
  readonly greeting: Hello;
  readonly #storeId: string;
  readonly #connection: Connection;

  private constructor(
    endpoint: Endpoint,
    settings: RedisSettings,
    { connection, greeting }: Greeted,
  ) {
    this.greeting = greeting;
    this.endpoint = endpoint;
    this.address = addressOf(endpoint);
    this.#storeId = settings.id;
    this.#connection = connection;
  }

  /**
   * Connects and logs in, within `socket_connect_timeout` and a second for the greeting. Rejects
   * with `StoreUnavailableError`, which tells the cause; with `ConfigurationError` when a
   * certificate file cannot be used.
   */
  static async open(endpoint: Endpoint, settings: RedisSettings): Promise<AdminConnection> {
    const backoff = new Backoff();
    const client = createClient(endpoint, settings, backoff);
    const origin = { storeId: settings.id, address: addressOf(endpoint) };
    let onUp = (): void => undefined;
    let onDown = (): void => undefined;
    const firstGreetingMs = settings.socketConnectTimeoutMs;
    const options = { client, isOwned: true, origin, clock: systemClock, backoff, firstGreetingMs };
    const connection = new Connection({
      ...options,
      onUp: () => {
        onUp();
      },
      onDown: () => {
        onDown();
      },
    });
    const up = (): Promise<void> =>
      new Promise<void>((resolve, reject) => {
        onUp = resolve;
        onDown = () => {
          reject(connection.failure);
        };
      });
    try {
      const isUp = up();
      connection.open();
      await isUp;
      const greeting = await greetOver(connection, up());
      return new AdminConnection(endpoint, settings, { connection, greeting });
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Whether the other side closes connections that are given a name or greeted with `HELLO`. */
  get isPlain(): boolean {
    return this.#connection.greeting.isPlain;
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

interface Greeted {
  readonly connection: Connection;
  readonly greeting: Hello;
}

/** Asks a server what it is. Where that ends the connection, waits for the one without it. */
async function greetOver(connection: Connection, again: Promise<void>): Promise<Hello> {
  again.catch(() => undefined);
  const { greeting } = connection;
  const reply = await connection.command('HELLO', []).catch(() => null);
  if (greeting.isRepeated) await again;
  greeting.end();
  return readHello(reply);
}
