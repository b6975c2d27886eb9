import { loadConfig, type LimiterSettings, type LoadedConfig } from '../config/index.js';
import {
  describeProblem,
  isConfigurationError,
  type ConfigurationError,
} from '../core/errors/index.js';
import type { Command } from './command.js';
import { describeCostlyWindows } from './costly-windows.js';
import { describePolicy } from './describe.js';
import { readOptions } from './options.js';
import { tableLines, withoutControls, type Terminal } from './terminal.js';

const USAGE = `Usage: rate-sync validate [file] [--json]

Reads the configuration as an application does, variables included, and lists its limiters or every
problem in it. Connects to no server.

Default file: $RATE_SYNC_CONFIG, ./rate-sync.toml or ./config/rate-sync.toml.

Exit codes: 0 valid, 1 problems found, 2 error.`;

export const validate: Command = {
  name: 'validate',
  summary: 'checks the configuration, and lists its limiters',
  usage: USAGE,
  async run({ args, terminal, env }) {
    const { values, positionals } = readOptions(args, { json: { type: 'boolean' } });
    const isJson = values['json'] === true;
    const [file] = positionals;
    try {
      const config = await loadConfig({ env, ...(file === undefined ? {} : { config: file }) });
      if (isJson) terminal.print(JSON.stringify(summary(config)));
      else printSummary(config, terminal);
      return 0;
    } catch (error) {
      if (!isConfigurationError(error)) throw error;
      if (isJson) terminal.print(JSON.stringify({ valid: false, problems: error.problems }));
      else printProblems(error, terminal);
      return error.problems.length === 0 ? 2 : 1;
    }
  },
};

function printProblems({ message }: ConfigurationError, terminal: Terminal): void {
  const [count = '', ...problems] = message.split('\n').map(withoutControls);
  terminal.print(terminal.paint('broken', count));
  for (const line of problems) terminal.print(line);
}

function summary({ source, stores, limiters, warnings }: LoadedConfig): object {
  return {
    valid: true,
    source,
    warnings,
    notes: describeCostlyWindows(limiters),
    stores: stores.map(({ id, strategy }) => ({ id, strategy })),
    limiters: limiters.map(({ id, storeId, policy, failureMode, timeoutMs, identifyBy }) => ({
      id,
      storeId,
      policy,
      failureMode,
      timeoutMs,
      identifyBy,
    })),
  };
}

function printSummary(config: LoadedConfig, terminal: Terminal): void {
  const { source, stores, limiters, warnings } = config;
  const strategies = new Map(stores.map(({ id, strategy }) => [id, strategy]));
  const head = ['limiter', 'limit', 'store', 'when the store fails', 'timeout', 'by'];
  const rows = limiters.map((limiter) => rowOf(limiter, strategies.get(limiter.storeId) ?? ''));
  terminal.print(`${terminal.paint('good', 'valid')}: ${source ?? 'the configuration'}`);
  terminal.print();
  for (const line of tableLines(head, rows)) terminal.print(line);
  const notes = describeCostlyWindows(limiters);
  if (notes.length > 0 || warnings.length > 0) terminal.print();
  for (const warning of warnings) {
    terminal.print(`${terminal.paint('caution', 'warning')}: ${describeProblem(warning)}`);
  }
  for (const note of notes) terminal.print(`${terminal.paint('caution', 'note')}: ${note}`);
}

function rowOf(
  { id, storeId, policy, failureMode, timeoutMs, identifyBy }: LimiterSettings,
  strategy: string,
): readonly string[] {
  return [
    id,
    describePolicy(policy),
    `${storeId} (${strategy})`,
    failureMode === 'fail_closed' ? 'denies (503)' : 'allows',
    timeoutMs === null ? '-' : `${String(timeoutMs)} ms`,
    identifyBy.join(' + '),
  ];
}
