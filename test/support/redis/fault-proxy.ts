import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.js';
import { ProxiedConnection } from './proxied-connection.js';

/**
 * What the network does.
 *
 * - `pass`: delivers.
 * - `blackhole`: accepts, and loses everything. The connections of that time stay dead afterwards.
 * - `stall`: accepts, and holds everything back until it delivers again.
 * - `reset`: resets connections, the new ones too.
 * - `refuse`: resets connections and accepts none.
 */
export type ProxyMode = 'pass' | 'blackhole' | 'stall' | 'reset' | 'refuse';

/** How late replies arrive. */
export interface ProxyLatency {
  readonly latencyMs?: number;
  /** Up to so much more, by chance. */
  readonly jitterMs?: number;
}

/** A network between a client and a server on 127.0.0.1 that fails on command. */
export class FaultProxy {
  /** What clients connect to. */
  readonly port: number;
  /** How many clients have ever connected. */
  totalConnections = 0;
  readonly #targetPort: number;
  readonly #open = new Set<ProxiedConnection>();
  readonly #robbed = new Set<ProxiedConnection>();
  #listener: Server | undefined;
  #mode: ProxyMode = 'pass';
  #latency: ProxyLatency = {};
  #repliesToDrop = 0;

  private constructor(port: number, targetPort: number) {
    this.port = port;
    this.#targetPort = targetPort;
  }

  static async start(targetPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(await freePort(), targetPort);
    await once(proxy.#listen(), 'listening');
    return proxy;
  }

  /** How many clients are connected now. */
  get connections(): number {
    return [...this.#open].filter(({ hasHungUp }) => !hasHungUp).length;
  }

  /** Changes what happens to bytes from now on; without options there is no latency. */
  set(mode: ProxyMode, latency: ProxyLatency = {}): void {
    this.#mode = mode;
    this.#latency = latency;
    if (mode === 'refuse') this.#stopListening();
    else this.#listen();
    for (const connection of this.#open) this.#apply(mode, connection);
  }

  /** Loses the next chunks of replies, and then resets the connections that they were for. */
  dropReplies(count: number): void {
    this.#repliesToDrop = count;
  }

  /** Resets what is open and listens no more. */
  async close(): Promise<void> {
    const closed = this.#listener === undefined ? undefined : once(this.#listener, 'close');
    this.#stopListening();
    for (const connection of this.#open) connection.reset();
    await closed;
  }

  #listen(): Server {
    this.#listener ??= createServer({ allowHalfOpen: true }, (client) => {
      this.#accept(client);
    }).listen(this.port, '127.0.0.1');
    return this.#listener;
  }

  #stopListening(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  #accept(client: Socket): void {
    this.totalConnections += 1;
    const connection = new ProxiedConnection(client, {
      targetPort: this.#targetPort,
      isHeld: this.#mode === 'stall',
      replyDelay: () => this.#replyDelay(),
      losesReply: (robbed) => this.#losesReply(robbed),
      onClose: (closed) => {
        this.#open.delete(closed);
      },
    });
    this.#open.add(connection);
    this.#apply(this.#mode, connection);
  }

  #apply(mode: ProxyMode, connection: ProxiedConnection): void {
    switch (mode) {
      case 'pass':
        connection.release();
        return;
      case 'stall':
        connection.hold();
        return;
      case 'blackhole':
        connection.swallow();
        return;
      case 'reset':
      case 'refuse':
        connection.reset();
    }
  }

  #replyDelay(): number {
    const { latencyMs = 0, jitterMs = 0 } = this.#latency;
    return latencyMs + Math.random() * jitterMs;
  }

  #losesReply(connection: ProxiedConnection): boolean {
    if (this.#repliesToDrop === 0) return false;
    this.#repliesToDrop -= 1;
    this.#robbed.add(connection);
    if (this.#repliesToDrop === 0) {
      for (const robbed of this.#robbed) robbed.reset();
      this.#robbed.clear();
    }
    return true;
  }
}
