/** What is used of a client's socket. */
export interface ClientStream {
  cork?(): void;
  uncork?(): void;
  on?(event: 'error' | 'end', listener: () => void): unknown;
}

/**
 * What is used of an ioredis client, `Redis` or `Cluster`, of any version and any copy of ioredis.
 * Clients are told apart by what they have, never by their class.
 */
export interface RedisClient {
  status: string;
  /** What it was made with. */
  readonly options?: { connectionName?: string | undefined };
  readonly isCluster?: boolean;
  /** The socket, where the client has one. */
  readonly stream?: ClientStream | null;
  /** Like `evalsha`, for replies that are bytes. ioredis has these two; its types do not. */
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
