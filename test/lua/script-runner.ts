import { readIntegers } from '../../src/stores/redis/protocol/message-pack.js';
import { decisionScript } from '../../src/stores/redis/lua/script.js';
import { RedisServer } from '../support/redis/redis-server.js';
import type { RespConnection, RespValue } from '../support/redis/resp.js';
import type { ScriptOperation, ScriptRequest } from './operations.js';

/** Makes the script use the server's time. */
export const SERVER_TIME = -1;

const STATUS = ['ok', 'late', 'foreign'] as const;

/** The reply for one operation. */
export interface OperationReply {
  readonly status: (typeof STATUS)[number];
  /** The integers of each request that has any. */
  readonly results: readonly (readonly number[])[];
}

/** Operations that differ only in their keys. */
export type Coalesced = readonly [ScriptOperation, ...ScriptOperation[]];

/** Everything that a server holds, and how often something was written. */
export interface Snapshot {
  readonly values: Readonly<Record<string, string>>;
  readonly expiries: Readonly<Record<string, number>>;
  readonly writes: number;
}

/** The script on a server of its own. */
export class ScriptRunner {
  readonly server: RedisServer;
  readonly #connection: RespConnection;

  constructor(server: RedisServer, connection: RespConnection) {
    this.server = server;
    this.#connection = connection;
  }

  static async start(): Promise<ScriptRunner> {
    const server = await RedisServer.start();
    const runner = new ScriptRunner(server, await server.connect({ encoding: 'latin1' }));
    await runner.load();
    return runner;
  }

  async load(): Promise<void> {
    await this.server.command('SCRIPT', 'LOAD', decisionScript().source);
  }

  /** The integers of the reply to coalesced operations. */
  async call(nowUs: number, ...runs: readonly Coalesced[]): Promise<readonly number[]> {
    const keys = runs.flat().flatMap(keysOf);
    const args = runs.flatMap((operations) => {
      const { kind, deadlineUs = 0, requests } = operations[0];
      const fields = requests.flatMap((request) => request.fields);
      return [kind, deadlineUs, operations.length, requests.length, ...fields];
    });
    const { sha } = decisionScript();
    const argument = [nowUs, ...args].join(' ');
    const reply = await this.command('EVALSHA', sha, keys.length, ...keys, argument);
    return readIntegers(Buffer.from(reply as string, 'latin1'));
  }

  /** The replies for operations. */
  run(
    nowUs: number,
    ...operations: readonly ScriptOperation[]
  ): Promise<readonly OperationReply[]> {
    return this.runCoalesced(nowUs, ...operations.map((operation): Coalesced => [operation]));
  }

  /** The same for coalesced operations. */
  async runCoalesced(
    nowUs: number,
    ...runs: readonly Coalesced[]
  ): Promise<readonly OperationReply[]> {
    const [, ...integers] = await this.call(nowUs, ...runs);
    const answers = runs.flat().map(({ requests }): OperationReply => {
      const status = STATUS[integers.shift() ?? -1]!;
      const answered = status === 'ok' ? requests.filter(({ width }) => width > 0) : [];
      return { status, results: answered.map(({ width }) => integers.splice(0, width)) };
    });
    if (integers.length > 0) throw new Error('the reply is longer than its groups');
    return answers;
  }

  /** Decides over one request. */
  async ask(nowUs: number, request: ScriptRequest): Promise<readonly number[]> {
    const [answer] = await this.run(nowUs, { kind: 'all', requests: [request] });
    const [results] = answer!.results;
    if (results === undefined) throw new Error(`the script says ${answer!.status}`);
    return results;
  }

  command(...args: readonly (string | number | Buffer)[]): Promise<RespValue> {
    return this.#connection.command(...args);
  }

  /** A string value, byte by byte. */
  async bytes(key: string): Promise<Buffer> {
    return Buffer.from(String(await this.command('EVAL_RO', hexOf('GET'), 1, key)), 'hex');
  }

  /** The milliseconds that a key still has; negative for none, or no end. */
  async ttl(key: string): Promise<number> {
    return Number(await this.command('PTTL', key));
  }

  /** The server's time in microseconds. */
  async now(): Promise<number> {
    const [seconds, microseconds] = (await this.command('TIME')) as readonly string[];
    return Number(seconds) * 1_000_000 + Number(microseconds);
  }

  async snapshot(): Promise<Snapshot> {
    const keys = ((await this.command('KEYS', '*')) as readonly string[]).toSorted();
    const values: Record<string, string> = {};
    const expiries: Record<string, number> = {};
    for (const key of keys) {
      values[key] = String(await this.command('EVAL_RO', hexOf('DUMP'), 1, key));
      expiries[key] = Number(await this.command('PEXPIRETIME', key));
    }
    const { rdb_changes_since_last_save: writes } = await this.server.info('persistence');
    return { values, expiries, writes: Number(writes) };
  }

  async stop(): Promise<void> {
    this.#connection.close();
    await this.server.stop();
  }
}

/** The keys of a group, in the order of its requests. */
export function keysOf({ requests }: ScriptOperation): readonly string[] {
  return requests.flatMap(({ keys }) => keys);
}

/** Reads the answer to a command as hexadecimal digits, because replies are read as text. */
function hexOf(command: string): string {
  return `return (redis.call('${command}', KEYS[1]):gsub('.', function(c)
    return string.format('%02x', c:byte())
  end))`;
}
