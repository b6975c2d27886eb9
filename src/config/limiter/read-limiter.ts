import { didYouMean } from '../../core/did-you-mean.js';
import type { FailureMode } from '../../core/policy.js';
import {
  parseIdentifierSource,
  type IdentifierSourceText,
} from '../../identifiers/identifier-source.js';
import type { LimiterSettings } from '../settings.js';
import { describeName, listOf } from '../table/describe-value.js';
import { toMs } from '../table/fields.js';
import type { ConfigPath } from '../table/problem-list.js';
import type { RawTable } from '../table/raw-table.js';
import { readTable } from '../table/read-table.js';
import type { ReadingContext } from '../table/reading-context.js';
import type { ConfigSyntax } from '../table/syntax.js';
import { readPolicy } from './limiter-policy.js';
import { limiterTable, type LimiterReading } from './limiter-schema.js';

/** The most stores that a message lists. */
const MAX_LISTED = 10;

/** Reads `[limiters.NAME]`; null, with a problem noted, when its policy or store is unknown. */
export function readLimiter(
  id: string,
  table: RawTable,
  path: ConfigPath,
  stores: readonly string[],
  context: ReadingContext,
): LimiterSettings | null {
  const { syntax } = context;
  const reading = readTable(table, limiterTable, path, context);
  const storeId = readStoreId(reading, stores);
  const policy = readPolicy(reading, syntax);
  const failureMode = readFailureMode(reading, syntax);
  const { timeout, identify_by: identifyBy } = reading.values;
  if (storeId === null || policy === null) return null;
  return {
    id,
    storeId,
    policy,
    timeoutMs: timeout === undefined ? null : toMs(timeout),
    failureMode,
    identifyBy: [identifyBy].flat().filter(isIdentifierSource),
  };
}

/** The id of the store. Null without any store, which is reported once and not for each limiter. */
function readStoreId(reading: LimiterReading, stores: readonly string[]): string | null {
  const [only = null] = stores;
  if (only === null || reading.isInvalid('store_id')) return null;
  const known = listOf(stores.slice(0, MAX_LISTED).map(describeName), 'and');
  const { store_id: written } = reading.values;
  if (written === undefined) {
    if (stores.length === 1) return only;
    reading.report('store_id', `missing; name one of the stores ${known}.`);
    return null;
  }
  if (stores.includes(written)) return written;
  const hint = didYouMean(written, stores);
  reading.report(
    'store_id',
    `no store is called ${reading.quoteText('store_id')}. Known: ${known}.${hint}`,
  );
  return null;
}

function readFailureMode(reading: LimiterReading, syntax: ConfigSyntax): FailureMode {
  const { fail_closed: failClosed, on_store_failure: onStoreFailure } = reading.values;
  if (onStoreFailure === undefined) return failClosed ? 'fail_closed' : 'fail_open';
  const closes = onStoreFailure === 'closed';
  if (reading.has('fail_closed') && !reading.isInvalid('fail_closed') && failClosed !== closes) {
    reading.report(
      'on_store_failure',
      `"${onStoreFailure}" contradicts ${syntax.spell('fail_closed')}. Write one of them.`,
    );
  }
  return closes ? 'fail_closed' : 'fail_open';
}

function isIdentifierSource(source: string): source is IdentifierSourceText {
  return parseIdentifierSource(source) !== null;
}
