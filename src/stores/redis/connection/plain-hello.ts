import type { RedisClient } from './redis-client.js';

/** What a socket says when the other side has closed it. */
const HUNG_UP: readonly (string | null)[] = ['ECONNRESET', 'EPIPE'];

/** Closed so often on the greeting, a connection is never greeted again. */
const ENOUGH_HANG_UPS = 2;

/**
 * Whether a connection does without `CLIENT SETNAME` and `HELLO`.
 *
 * Some proxies close a connection on commands that they do not know, and a store can do without
 * these two. So a connection that the other side closes while it greets is made once more without
 * them before it counts as lost. The first time that may be chance, and later connections greet
 * again; the second time it is not.
 */
export class PlainHello {
  readonly #client: RedisClient;
  readonly #isOwned: boolean;
  readonly #name: string | undefined;
  #isGreeting = false;
  #isHungUp = false;
  #isPlain = false;
  #isRepeated = false;
  #hangUps = 0;

  constructor(client: RedisClient, isOwned: boolean) {
    this.#client = client;
    this.#isOwned = isOwned;
    this.#name = client.options?.connectionName;
  }

  /** Whether the other side closes connections on the greeting, so that it gets none. */
  get isPlain(): boolean {
    return this.#isPlain;
  }

  /** Whether the connection was closed on the greeting and is being made without it. */
  get isRepeated(): boolean {
    return this.#isRepeated;
  }

  begin(): void {
    this.#isRepeated = false;
    this.#isGreeting = true;
    this.#isHungUp = false;
    this.#client.stream?.on?.('end', () => {
      this.#isHungUp = true;
    });
  }

  /** What ends the connection from now on is not the greeting. */
  end(): void {
    this.#isGreeting = false;
  }

  /** Whether an error of the socket, by its code, tells that the other side has closed it. */
  isHungUpBy(code: string | null): boolean {
    const isHungUp = HUNG_UP.includes(code);
    if (isHungUp) this.#isHungUp = true;
    return isHungUp;
  }

  /** The connection was closed. True when it is to be made again, without the greeting now. */
  closed(): boolean {
    const wasGreeting = this.#isGreeting;
    this.#isGreeting = false;
    if (!this.#isOwned) return false;
    if (!wasGreeting) {
      if (this.#hangUps < ENOUGH_HANG_UPS) this.#become(false);
      return false;
    }
    if (!this.#isHungUp) return false;
    // When it is closed all the same, the greeting was not the reason.
    this.#become(!this.#isPlain);
    if (this.#isPlain) this.#hangUps += 1;
    this.#isRepeated = this.#isPlain;
    return this.#isPlain;
  }

  #become(isPlain: boolean): void {
    this.#isPlain = isPlain;
    const { options } = this.#client;
    if (options !== undefined) options.connectionName = isPlain ? undefined : this.#name;
  }
}
