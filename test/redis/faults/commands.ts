import { connect, type Socket } from 'node:net';
import { HARNESS_USER } from '../../support/redis/redis-options.js';
import type { RedisServer } from '../../support/redis/redis-server.js';
import { waitUntil } from '../../support/redis/wait-until.js';

/** How often a command has reached a server since its statistics were reset, executed or refused. */
export async function callsOf(server: RedisServer, command: string): Promise<number> {
  const stats = (await server.info('commandstats'))[`cmdstat_${command}`] ?? '';
  const fields = new Map(stats.split(',').map((field) => field.split('=') as [string, string]));
  return Number(fields.get('calls') ?? 0) + Number(fields.get('rejected_calls') ?? 0);
}

/** Hears every command that a server executes. */
export class CommandTap {
  readonly #socket: Socket;
  #heard = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => (this.#heard += text));
    socket.on('error', () => undefined);
  }

  static async open(server: RedisServer): Promise<CommandTap> {
    const socket = connect(server.port, '127.0.0.1');
    const tap = new CommandTap(socket);
    const { username, password } = HARNESS_USER;
    socket.write(`AUTH ${username} ${password}\r\nMONITOR\r\n`);
    await waitUntil('the server to report', () => tap.#heard.split('+OK').length > 2);
    return tap;
  }

  /** The lines that hold a text, such as the name of a command in quotes. */
  having(text: string): readonly string[] {
    return this.#heard.split('\r\n').filter((line) => line.includes(text));
  }

  close(): void {
    this.#socket.destroy();
  }
}
