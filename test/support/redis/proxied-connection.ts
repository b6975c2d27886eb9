import { connect, type Socket } from 'node:net';
import { ProxyLane, type Delay } from './proxy-lane.js';

/** What a connection needs to know of its proxy. */
export interface ProxiedOptions {
  readonly targetPort: number;
  readonly isHeld: boolean;
  readonly replyDelay: Delay;
  /** Asked for each chunk of a reply: whether it gets lost. */
  readonly losesReply: (connection: ProxiedConnection) => boolean;
  readonly onClose: (connection: ProxiedConnection) => void;
}

/** A client and the server behind the proxy. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #requests: ProxyLane;
  readonly #replies: ProxyLane;
  #isSwallowed = false;
  /** Whether the client has said that it is done. */
  hasHungUp = false;

  constructor(client: Socket, options: ProxiedOptions) {
    const { targetPort, isHeld, replyDelay, losesReply, onClose } = options;
    const server = connect(targetPort, '127.0.0.1');
    this.#client = client.setNoDelay(true);
    server.setNoDelay(true);
    this.#requests = new ProxyLane(server, { isHeld, delay: () => 0 });
    this.#replies = new ProxyLane(client, { isHeld, delay: replyDelay });
    client.on('data', (chunk) => {
      if (!this.#isSwallowed) this.#requests.push(chunk);
    });
    client.on('end', () => {
      this.hasHungUp = true;
      if (!this.#isSwallowed) this.#requests.push('end');
    });
    client.on('error', () => undefined);
    client.on('close', () => {
      this.#requests.empty();
      this.#replies.empty();
      server.destroy();
      onClose(this);
    });
    server.on('data', (chunk) => {
      if (!this.#isSwallowed && !losesReply(this)) this.#replies.push(chunk);
    });
    server.on('end', () => {
      if (!this.#isSwallowed) this.#replies.push('end');
    });
    server.on('error', () => {
      if (!this.#isSwallowed) this.reset();
    });
  }

  hold(): void {
    this.#requests.hold();
    this.#replies.hold();
  }

  release(): void {
    this.#requests.release();
    this.#replies.release();
  }

  /** Both sides believe from now on that they are connected, and never hear of each other again. */
  swallow(): void {
    this.#isSwallowed = true;
    this.#requests.empty();
    this.#replies.empty();
  }

  reset(): void {
    this.#client.resetAndDestroy();
  }
}
