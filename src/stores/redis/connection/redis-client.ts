/** The part of a client's socket that a store uses. */
export interface ClientStream {
  cork?(): void;
  uncork?(): void;
  on?(event: 'error' | 'end', listener: () => void): unknown;
}

/**
 * The part of an ioredis client, `Redis` or `Cluster`, that a store uses, of any version and any copy
 * of ioredis. Clients are distinguished by their members, never by their class.
 */
export interface RedisClient {
  status: string;
  /** The options that it was created with. */
  readonly options?: { connectionName?: string | undefined };
  readonly isCluster?: boolean;
  /** The socket, where the client has one. */
  readonly stream?: ClientStream | null;
  /** Like `evalsha`, for replies that are bytes. The types of ioredis lack these two. */
  evalshaBuffer(sha: string, keys: number, ...keysAndArgs: string[]): Promise<unknown>;
  evalBuffer(source: string, keys: number, ...keysAndArgs: string[]): Promise<unknown>;
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
  connect(): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
  on(event: string, listener: (argument: unknown) => void): unknown;
  off(event: string, listener: (argument: unknown) => void): unknown;
}

/** Whether an object can be used as an ioredis client. */
export function isRedisClient(value: object): value is RedisClient {
  const methods = ['evalshaBuffer', 'evalBuffer', 'call', 'connect', 'on', 'off'] as const;
  return methods.every(
    (method) => typeof (value as Record<string, unknown>)[method] === 'function',
  );
}

/** The events of a client. */
export interface ClientListeners {
  readonly onConnect: () => void;
  readonly onReady: () => void;
  readonly onClose: () => void;
  /** The client does not reconnect by itself. */
  readonly onEnd: () => void;
  /** Also for errors of sentinels. */
  readonly onError: (error: unknown) => void;
}

/** Listens to a client. Returns an unsubscribe function. */
export function listenTo(client: RedisClient, listeners: ClientListeners): () => void {
  const events: readonly (readonly [event: string, listener: (argument: unknown) => void])[] = [
    [
      'connecting',
      () => {
        // ioredis listens to the first error of a socket only. TLS reports several, and an error
        // without a listener ends the process.
        setImmediate(() => client.stream?.on?.('error', () => undefined));
      },
    ],
    ['connect', listeners.onConnect],
    ['ready', listeners.onReady],
    ['close', listeners.onClose],
    ['end', listeners.onEnd],
    ['error', listeners.onError],
    ['sentinelError', listeners.onError],
  ];
  for (const [event, listener] of events) client.on(event, listener);
  return () => {
    for (const [event, listener] of events) client.off(event, listener);
  };
}
