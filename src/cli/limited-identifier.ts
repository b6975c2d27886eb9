import { StoreUnavailableError } from '../core/errors/index.js';
import type { Limiter } from '../limiter/limiter.js';
import { createRateSync } from '../runtime/create-rate-sync.js';
import type { RateSync } from '../runtime/rate-sync.js';
import { UsageError, type CommandContext } from './command.js';
import { identifierOf, readSources } from './identifier-argument.js';
import { readOptions, readText } from './options.js';

/** The limiter and the caller that a command is about. */
export interface CallerContext {
  readonly limiter: Limiter;
  readonly identifier: string;
  readonly isJson: boolean;
  readonly isYes: boolean;
}

/** The options of commands about one caller, for their usage. */
export const CALLER_USAGE = `  --config FILE  default: $RATE_SYNC_CONFIG, ./rate-sync.toml, ./config/rate-sync.toml
  --by SOURCE    who is counted, when a route says so with \`by\`: ip, user:id, body:email, a+b …
                 Default: the limiter's identify_by
  --raw          the identifier is the one that code gives to limiter.consume
  --json         one JSON object instead of text`;

/** Connects, finds the limiter and the caller, works, and closes. */
export async function withCaller<T>(
  { args, env, terminal }: CommandContext,
  work: (caller: CallerContext) => Promise<T>,
): Promise<T> {
  const { values, positionals } = readOptions(args, {
    config: { type: 'string' },
    by: { type: 'string' },
    raw: { type: 'boolean' },
    json: { type: 'boolean' },
    yes: { type: 'boolean', short: 'y' },
  });
  const [limiterId, ...identifiers] = positionals;
  if (limiterId === undefined) throw new UsageError('which limiter? Give its name.');
  const rateSync = await createRateSync({ env, config: readText(values['config']) });
  try {
    const { limiter, identifyBy } = rateSync.limiters.find(limiterId);
    refuseMemory(rateSync, limiterId);
    const by = readText(values['by']);
    const sources = by === undefined ? identifyBy : readSources(by);
    const identifier =
      values['raw'] === true
        ? rawIdentifier(identifiers)
        : identifierOf({ values: identifiers, sources }, rateSync.http);
    await terminal.during('Connecting', () => rateSync.check());
    const [isJson, isYes] = [values['json'] === true, values['yes'] === true];
    return await work({ limiter, identifier, isJson, isYes });
  } finally {
    await rateSync.close();
  }
}

function rawIdentifier(identifiers: readonly string[]): string {
  if (identifiers.length > 1) throw new UsageError('--raw takes one identifier.');
  return identifiers[0] ?? '';
}

/** What a memory store knows is in the application's process, which is another one. */
function refuseMemory(rateSync: RateSync, limiterId: string): void {
  const storeId = rateSync.listLimiters().find(({ id }) => id === limiterId)?.storeId;
  const store = rateSync.listStores().find(({ id }) => id === storeId);
  if (store?.strategy !== 'memory') return;
  throw new UsageError(
    `the limiter "${limiterId}" counts in the memory of the application, which cannot be seen from here.`,
  );
}

/** A limiter answers by its failure mode when its store does not; a command must not believe that. */
export function decidedByStore<T extends { readonly degraded: boolean }>(decision: T): T {
  if (!decision.degraded) return decision;
  throw new StoreUnavailableError({ storeId: 'the store', kind: 'timeout' });
}
