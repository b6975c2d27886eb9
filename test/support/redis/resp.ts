import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import {
  encodeCommand,
  parseReply,
  RespError,
  type BulkEncoding,
  type RespValue,
} from './resp-parser.js';

export { parseInfo, RespError, type RespValue } from './resp-parser.js';

/** How to reach a server, and who asks. */
export interface RespOptions {
  /** 127.0.0.1 unless said otherwise. */
  readonly host?: string | undefined;
  /** A socket file, instead of host and port. */
  readonly path?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Speaks TLS with these settings. */
  readonly tls?: ConnectionOptions | undefined;
  /** How long a command, and the connecting, may take. */
  readonly timeoutMs?: number | undefined;
  /** Text unless said otherwise. */
  readonly encoding?: BulkEncoding | undefined;
}

interface Pending {
  readonly resolve: (value: RespValue) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const TIMEOUT_MS = 5_000;

/**
 * A connection to a server, for tests: what the client under test says is checked with something
 * else. It never connects anew.
 */
export class RespConnection {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #encoding: BulkEncoding;
  readonly #pending: Pending[] = [];
  #received: Buffer = Buffer.alloc(0);
  /** Why there is no connection any more. */
  #ended: Error | undefined;

  private constructor(socket: Socket, timeoutMs: number, encoding: BulkEncoding) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    this.#encoding = encoding;
    socket.on('data', (chunk) => {
      this.#receive(chunk);
    });
    socket.on('error', (error) => {
      this.#end(error);
    });
    socket.on('close', () => {
      this.#end(new Error('the connection was closed'));
    });
  }

  /** Connects, and authenticates when there is a password. */
  static async open(port: number, options: RespOptions = {}): Promise<RespConnection> {
    const { username, password, timeoutMs = TIMEOUT_MS, encoding = 'utf8' } = options;
    const socket = await connected(port, options, timeoutMs);
    const connection = new RespConnection(socket, timeoutMs, encoding);
    if (password === undefined) return connection;
    try {
      await connection.command('AUTH', ...(username === undefined ? [] : [username]), password);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get isClosed(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Sends a command; rejects with a RespError when that is the answer. A command without an answer
   * in time takes the connection with it, because the answers would no longer match.
   */
  command(...args: readonly (string | number | Buffer)[]): Promise<RespValue> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      const timer = setTimeout(() => {
        const name = String(args[0]);
        this.#end(new Error(`no answer to ${name} within ${String(this.#timeoutMs)} ms`));
      }, this.#timeoutMs);
      this.#pending.push({ resolve, reject, timer });
      this.#socket.write(encodeCommand(args));
    });
  }

  /** Closes at once; commands without an answer are rejected. */
  close(): void {
    this.#end(new Error('the connection was closed'));
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    let offset = 0;
    try {
      for (;;) {
        const parsed = parseReply(this.#received, offset, this.#encoding);
        if (parsed === undefined) break;
        offset = parsed.next;
        this.#settle(parsed.value);
      }
    } catch (error) {
      this.#end(error as Error);
      return;
    }
    this.#received = this.#received.subarray(offset);
  }

  #settle(value: RespValue): void {
    const pending = this.#pending.shift();
    if (pending === undefined) {
      // Without a question it is a farewell: "max number of clients reached".
      if (value instanceof RespError) this.#end(value);
      return;
    }
    clearTimeout(pending.timer);
    if (value instanceof RespError) pending.reject(value);
    else pending.resolve(value);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#socket.destroy();
    for (const { reject, timer } of this.#pending.splice(0)) {
      clearTimeout(timer);
      reject(error);
    }
  }
}

function connected(port: number, options: RespOptions, timeoutMs: number): Promise<Socket> {
  const { host = '127.0.0.1', path, tls } = options;
  const to = path === undefined ? { host, port } : { path };
  return new Promise((resolve, reject) => {
    const socket = tls === undefined ? connectPlain(to) : connectTls({ ...to, ...tls });
    socket.setNoDelay(true);
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no connection within ${String(timeoutMs)} ms`));
    }, timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once('error', fail);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
