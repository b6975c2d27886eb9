import { loadConfig, type LimiterSettings } from '../../config/index.js';
import { LimiterNotFoundError } from '../../core/errors/index.js';
import { UsageError, type Command } from '../command.js';
import { describeBytes } from '../describe-policy.js';
import { readCount, readOptions, readText } from '../options.js';
import { tableLines, type Terminal } from '../terminal.js';
import { estimate, type Estimate, type Needs, type PlannedTraffic } from './estimate.js';

const HELD_MS = 100;

export const plan: Command = {
  name: 'plan',
  summary: 'estimates what limiters need of Redis',
  usage: `Usage: rate-sync plan [LIMITER …] --identifiers N --rps N [options]

Estimates the memory and the commands per second that each limiter needs, for N callers who are all
alike and N requests a second drawn from them at random, once that has lasted for as long as the
limiter remembers. Connects to nothing.

  --identifiers N  callers
  --rps N          requests a second of all callers together
  --instances N    processes that share the requests: each remembers denials. Default: 1
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
    const limiters = chosen(config.limiters, positionals);
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

function chosen(
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
      limiter: each.limiter,
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
  traffic: PlannedTraffic,
  terminal: Terminal,
): void {
  const total = totalOf(estimates);
  const head = ['limiter', 'keys', 'bytes each', 'memory', 'commands/s'];
  const rows = estimates.map((each) => [
    each.limiter,
    grouped(each.keys),
    grouped(each.bytesPerKey),
    describeBytes(each.bytes),
    grouped(each.commandsPerSecond),
  ]);
  rows.push([
    'together',
    grouped(total.keys),
    '',
    describeBytes(total.bytes),
    grouped(total.commandsPerSecond),
  ]);
  const { identifiers, rps } = traffic;
  terminal.print(
    `${grouped(rps)} requests a second of ${grouped(identifiers)} callers, on every limiter`,
  );
  terminal.print();
  for (const line of tableLines(head, rows)) terminal.print(line);
  terminal.print();
  terminal.print(
    'Memory: give Redis twice as much, for an attack, a rewrite of its file and fragments.',
  );
  terminal.print(
    'Commands: at most. Requests of one moment share one, and so do all limits of a request.',
  );
}

function grouped(count: number): string {
  return Math.round(count).toLocaleString('en');
}
