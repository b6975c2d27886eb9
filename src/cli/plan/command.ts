import { loadConfig, type LimiterSettings } from '../../config/index.js';
import { LimiterNotFoundError } from '../../core/errors/index.js';
import { UsageError, type Command } from '../command.js';
import { describeBytes } from '../describe.js';
import { readCount, readOptions, readText } from '../options.js';
import { tableLines, type Terminal } from '../terminal.js';
import { estimate, type Estimate, type Needs, type PlannedTraffic } from './estimate.js';

const HELD_MS = 100;

const NOTES = [
  'Memory: provide twice as much, for attacks, rewrites of the append-only file and fragmentation.',
  'Commands: an upper bound. Concurrent requests share a command, and so do the limits of a request.',
] as const;

export const plan: Command = {
  name: 'plan',
  summary: 'estimates the memory and the commands per second of limiters in Redis',
  usage: `Usage: rate-sync plan [LIMITER …] --identifiers N --rps N [options]

Estimates the memory and the commands per second of each limiter in Redis under steady traffic:
N requests per second, spread over N identifiers at random. Connects to no server.

  --identifiers N  number of identifiers
  --rps N          requests per second of all identifiers together
  --instances N    processes that share the requests; each caches denials. Default: 1
  --held-ms N      how long a request holds a slot of max_concurrent. Default: ${String(HELD_MS)}
  --config FILE    default: $RATE_SYNC_CONFIG, ./rate-sync.toml, ./config/rate-sync.toml
  --json           one JSON object instead of text`,
  async run({ args, terminal, env }) {
    const { values, positionals } = readOptions(args, {
      identifiers: { type: 'string' },
      rps: { type: 'string' },
      instances: { type: 'string' },
      'held-ms': { type: 'string' },
      config: { type: 'string' },
      json: { type: 'boolean' },
    });
    const traffic: PlannedTraffic = {
      identifiers: required(values['identifiers'], 'identifiers'),
      rps: required(values['rps'], 'rps'),
      instances: readCount(values['instances'], 'instances', 1),
      heldSeconds: readCount(values['held-ms'], 'held-ms', HELD_MS) / 1_000,
    };
    const config = await loadConfig({ env, config: readText(values['config']) });
    const limiters = selected(config.limiters, positionals);
    const estimates = estimate(limiters, config.stores, traffic);
    if (values['json'] === true) terminal.print(JSON.stringify(summary(estimates, traffic)));
    else printTable(estimates, traffic, terminal);
    return 0;
  },
};

function required(value: string | boolean | undefined, option: string): number {
  if (value === undefined) throw new UsageError(`--${option} N is missing.`);
  return readCount(value, option, 0);
}

function selected(
  limiters: readonly LimiterSettings[],
  names: readonly string[],
): readonly LimiterSettings[] {
  if (names.length === 0) return limiters;
  return names.map((name) => {
    const found = limiters.find(({ id }) => id === name);
    if (found !== undefined) return found;
    throw new LimiterNotFoundError(
      name,
      limiters.map(({ id }) => id),
    );
  });
}

function totalOf(estimates: readonly Estimate[]): Needs {
  const sum = (of: (estimate: Estimate) => number): number =>
    estimates.reduce((total, each) => total + of(each), 0);
  return {
    keys: sum(({ keys }) => keys),
    bytes: sum(({ bytes }) => bytes),
    commandsPerSecond: sum(({ commandsPerSecond }) => commandsPerSecond),
  };
}

function summary(estimates: readonly Estimate[], traffic: PlannedTraffic): object {
  const { identifiers, rps, instances, heldSeconds } = traffic;
  return {
    identifiers,
    rps,
    instances,
    heldMs: heldSeconds * 1_000,
    limiters: estimates.map((each) => ({
      ...rounded(each),
      limiterId: each.limiterId,
      bytesPerKey: Math.round(each.bytesPerKey),
    })),
    total: rounded(totalOf(estimates)),
  };
}

function rounded({ keys, bytes, commandsPerSecond }: Needs) {
  return {
    keys: Math.round(keys),
    bytes: Math.round(bytes),
    commandsPerSecond: Math.round(commandsPerSecond),
  };
}

function printTable(
  estimates: readonly Estimate[],
  { identifiers, rps }: PlannedTraffic,
  terminal: Terminal,
): void {
  const head = ['limiter', 'keys', 'bytes each', 'memory', 'commands/s'];
  const total = totalOf(estimates);
  const rows = [
    ...estimates.map(rowOf),
    rowOf({ limiterId: 'total', bytesPerKey: null, ...total }),
  ];
  terminal.print(
    `${grouped(rps)} requests per second of ${grouped(identifiers)} identifiers, on every limiter`,
  );
  terminal.print();
  for (const line of tableLines(head, rows)) terminal.print(line);
  terminal.print();
  for (const note of NOTES) terminal.print(note);
}

function rowOf({
  limiterId,
  keys,
  bytesPerKey,
  bytes,
  commandsPerSecond,
}: Needs & { readonly limiterId: string; readonly bytesPerKey: number | null }): readonly string[] {
  return [
    limiterId,
    grouped(keys),
    bytesPerKey === null ? '' : grouped(bytesPerKey),
    describeBytes(bytes),
    grouped(commandsPerSecond),
  ];
}

function grouped(count: number): string {
  return Math.round(count).toLocaleString('en');
}
