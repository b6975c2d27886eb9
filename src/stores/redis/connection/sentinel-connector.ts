import { SentinelConnector } from 'ioredis';
import { codeOf } from '../../../core/errors/rate-sync-error.js';

/** The part of a sentinel's client that is used here. */
interface SentinelClient {
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

type ConnectToSentinel = (this: object, ...args: unknown[]) => SentinelClient;

/**
 * The connector of ioredis for sentinels, without a line on the console for every lost sentinel: it
 * listens for failovers on clients of its own, whose errors are not accessible otherwise.
 */
export class QuietSentinelConnector extends SentinelConnector {
  /** The code of the last error of a sentinel's socket: ioredis reports only that it closed. */
  #code: string | null = null;

  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof SentinelConnector>[0]);
    const connect = Reflect.get(this, 'connectToSentinel') as ConnectToSentinel | undefined;
    if (connect === undefined) return;
    Reflect.set(this, 'connectToSentinel', (...args: unknown[]) => {
      const client = connect.apply(this, args);
      client.on('error', (error) => {
        this.#code = codeOf(error) ?? this.#code;
      });
      return client;
    });
  }

  /** A second error of the master's socket must not end the process. */
  override async connect(
    ...args: Parameters<SentinelConnector['connect']>
  ): ReturnType<SentinelConnector['connect']> {
    this.#code = null;
    try {
      const stream = await super.connect(...args);
      stream.on('error', () => undefined);
      return stream;
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #explained(error: unknown): unknown {
    const isKnown = error instanceof Error && this.#code !== null;
    return isKnown ? Object.assign(error, { code: this.#code }) : error;
  }
}
