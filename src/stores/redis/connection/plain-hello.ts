import type { RedisClient } from './redis-client.js';

/** The codes of a socket that the other side has closed. */
const HUNG_UP: readonly (string | null)[] = ['ECONNRESET', 'EPIPE'];

/** After this number of hang-ups during the hello, the connection stays plain. */
const ENOUGH_HANG_UPS = 2;

/**
 * Whether a connection does without `CLIENT SETNAME` and `HELLO`.
 *
 * Some proxies close a connection on commands that they do not know, and a store can do without these
 * two. A connection that the other side closes during the hello is therefore made once more without
 * them before it counts as lost. The first time may be chance, so later connections send the hello
 * again; after the second time they do not.
 */
export class PlainHello {
  readonly #client: RedisClient;
  readonly #isOwned: boolean;
  readonly #name: string | undefined;
  #isInHello = false;
  #isHungUp = false;
  #isPlain = false;
  #isRepeated = false;
  #hangUps = 0;

  constructor(client: RedisClient, isOwned: boolean) {
    this.#client = client;
    this.#isOwned = isOwned;
    this.#name = client.options?.connectionName;
  }

  /** Whether the connection sends no hello, because the other side closes on it. */
  get isPlain(): boolean {
    return this.#isPlain;
  }

  /** Whether the connection was closed during the hello and is being made without it. */
  get isRepeated(): boolean {
    return this.#isRepeated;
  }

  begin(): void {
    this.#isRepeated = false;
    this.#isInHello = true;
    this.#isHungUp = false;
    this.#client.stream?.on?.('end', () => {
      this.#isHungUp = true;
    });
  }

  /** The hello is over: what closes the connection from now on has another cause. */
  end(): void {
    this.#isInHello = false;
  }

  /** Whether an error of the socket, by its code, means that the other side has closed it. */
  isHungUpBy(code: string | null): boolean {
    const isHungUp = HUNG_UP.includes(code);
    if (isHungUp) this.#isHungUp = true;
    return isHungUp;
  }

  /** The connection was closed. Returns whether it is made again, now without the hello. */
  closed(): boolean {
    const wasInHello = this.#isInHello;
    this.#isInHello = false;
    if (!this.#isOwned) return false;
    if (!wasInHello) {
      if (this.#hangUps < ENOUGH_HANG_UPS) this.#become(false);
      return false;
    }
    if (!this.#isHungUp) return false;
    // A plain connection that is closed too shows that the hello was not the cause.
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
