import { SentinelConnector } from 'ioredis';

/** What is used of a client that talks to a sentinel. */
interface SentinelClient {
  on(event: 'error', listener: () => void): unknown;
}

type ConnectToSentinel = (this: object, ...args: unknown[]) => SentinelClient;

/**
 * ioredis' way to find a master, without a word on the console for every sentinel that is gone:
 * it listens to failovers on clients of its own, to whose errors nobody else can listen.
 */
export class QuietSentinels extends SentinelConnector {
  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof SentinelConnector>[0]);
    const connect = Reflect.get(this, 'connectToSentinel') as ConnectToSentinel | undefined;
    if (connect === undefined) return;
    Reflect.set(this, 'connectToSentinel', (...args: unknown[]) => {
      const client = connect.apply(this, args);
      client.on('error', () => undefined);
      return client;
    });
  }

  /** An error of the master's socket that comes after its first one must not end the process. */
  override async connect(
    ...args: Parameters<SentinelConnector['connect']>
  ): ReturnType<SentinelConnector['connect']> {
    const stream = await super.connect(...args);
    stream.on('error', () => undefined);
    return stream;
  }
}
