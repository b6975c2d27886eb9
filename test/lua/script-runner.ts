import { readIntegers } from '../../src/stores/redis/protocol/message-pack.js';
import { decisionScript } from '../../src/stores/redis/lua/script.js';
import { RedisServer } from '../support/redis/redis-server.js';
import type { RespConnection, RespValue } from '../support/redis/resp.js';
import type { ScriptGroup, ScriptRequest } from './operations.js';

/** Has the script decide by the clock of the server. */
export const SERVER_TIME = -1;

const STATUS = ['ok', 'late', 'foreign'] as const;

/** What the script says of one group. */
export interface GroupAnswer {
  readonly status: (typeof STATUS)[number];
  /** What it says of each request, of which it says something. */
  readonly told: readonly (readonly number[])[];
}

/** Groups that differ in their keys only. */
export type ScriptRun = readonly [ScriptGroup, ...ScriptGroup[]];

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

  /** The integers of the reply to runs of groups. */
  async call(nowUs: number, ...runs: readonly ScriptRun[]): Promise<readonly number[]> {
    const keys = runs.flat().flatMap(keysOf);
    const args = runs.flatMap((groups) => {
      const { operation, deadlineUs = 0, requests } = groups[0];
      const fields = requests.flatMap((request) => request.fields);
      return [operation, deadlineUs, groups.length, requests.length, ...fields];
    });
    const { sha } = decisionScript();
    const words = [nowUs, ...args].join(' ');
    const reply = await this.command('EVALSHA', sha, keys.length, ...keys, words);
    return readIntegers(Buffer.from(reply as string, 'latin1'));
  }

  /** What the script says of each group. */
  run(nowUs: number, ...groups: readonly ScriptGroup[]): Promise<readonly GroupAnswer[]> {
    return this.runTogether(nowUs, ...groups.map((group): ScriptRun => [group]));
  }

  /** The same for groups that share their fields with those of their run. */
  async runTogether(nowUs: number, ...runs: readonly ScriptRun[]): Promise<readonly GroupAnswer[]> {
    const [, ...integers] = await this.call(nowUs, ...runs);
    const answers = runs.flat().map(({ requests }): GroupAnswer => {
      const status = STATUS[integers.shift() ?? -1]!;
      const answered = status === 'ok' ? requests.filter(({ tells }) => tells > 0) : [];
      return { status, told: answered.map(({ tells }) => integers.splice(0, tells)) };
    });
    if (integers.length > 0) throw new Error('the reply is longer than its groups');
    return answers;
  }

  /** Decides over one request. */
  async ask(nowUs: number, request: ScriptRequest): Promise<readonly number[]> {
    const [answer] = await this.run(nowUs, { operation: 'all', requests: [request] });
    const [told] = answer!.told;
    if (told === undefined) throw new Error(`the script says ${answer!.status}`);
    return told;
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
export function keysOf({ requests }: ScriptGroup): readonly string[] {
  return requests.flatMap(({ keys }) => keys);
}

/** Reads the answer to a command as hexadecimal digits, because replies are read as text. */
function hexOf(command: string): string {
  return `return (redis.call('${command}', KEYS[1]):gsub('.', function(c)
    return string.format('%02x', c:byte())
  end))`;
}
