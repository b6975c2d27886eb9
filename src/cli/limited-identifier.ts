import { StoreUnavailableError } from '../core/errors/index.js';
import type { Limiter } from '../limiter/limiter.js';
import { createRateSync } from '../runtime/create-rate-sync.js';
import type { RateSync } from '../runtime/rate-sync.js';
import { UsageError, type CommandContext } from './command.js';
import { identifierOf, readSources } from './identifier-argument.js';
import { readOptions, readText, type ReadOptions } from './options.js';

/** The limiter and the identifier of a command. */
export interface LimitedIdentifier {
  readonly limiter: Limiter;
  readonly identifier: string;
  readonly isJson: boolean;
  readonly isConfirmed: boolean;
}

/** The options of commands about one identifier, for their usage. */
export const IDENTIFIER_OPTIONS = `  --config FILE  default: $RATE_SYNC_CONFIG, ./rate-sync.toml, ./config/rate-sync.toml
  --by SOURCE    the identifier's source, as in \`by\` of a route: ip, user:id, body:email, a+b …
                 Default: the limiter's identify_by
  --raw          use the identifier as it is, as code passes it to limiter.consume
  --json         print one JSON object`;

/** Connects, finds the limiter and the identifier, runs the work, and closes. */
export async function withLimitedIdentifier<T>(
  { args, env, terminal }: CommandContext,
  work: (limited: LimitedIdentifier) => Promise<T>,
): Promise<T> {
  const { values, positionals } = readOptions(args, {
    config: { type: 'string' },
    by: { type: 'string' },
    raw: { type: 'boolean' },
    json: { type: 'boolean' },
    yes: { type: 'boolean', short: 'y' },
  });
  const [limiterId, ...texts] = positionals;
  if (limiterId === undefined) throw new UsageError('LIMITER is missing.');
  const rateSync = await createRateSync({ env, config: readText(values['config']) });
  try {
    const { limiter, identifyBy } = rateSync.limiters.find(limiterId);
    requireSharedStore(rateSync, limiterId);
    const identifier = readIdentifier(texts, values, () => {
      const by = readText(values['by']);
      const sources = by === undefined ? identifyBy : readSources(by);
      return identifierOf({ texts, sources }, rateSync.http);
    });
    await terminal.during('Connecting', () => rateSync.check());
    const [isJson, isConfirmed] = [values['json'] === true, values['yes'] === true];
    return await work({ limiter, identifier, isJson, isConfirmed });
  } finally {
    await rateSync.close();
  }
}

function readIdentifier(
  texts: readonly string[],
  values: ReadOptions['values'],
  fromSources: () => string,
): string {
  if (values['raw'] !== true) return fromSources();
  if (texts.length > 1) throw new UsageError('--raw takes one identifier.');
  return texts[0] ?? '';
}

/** The counts of a memory store are in the application's process, out of reach. */
function requireSharedStore(rateSync: RateSync, limiterId: string): void {
  const storeId = rateSync.listLimiters().find(({ id }) => id === limiterId)?.storeId;
  const store = rateSync.listStores().find(({ id }) => id === storeId);
  if (store?.strategy !== 'memory') return;
  throw new UsageError(
    `the limiter "${limiterId}" uses a memory store: only the application's own process can read it.`,
  );
}

/** Throws for the answer of a failure mode, which does not reflect the counts. */
export function decidedByStore<T extends { readonly degraded: boolean }>(decision: T): T {
  if (!decision.degraded) return decision;
  throw new StoreUnavailableError({ storeId: 'the store', kind: 'timeout' });
}
