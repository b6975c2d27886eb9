import type { ConcurrencyLimit, LimiterPolicy, RatePolicy } from '../../core/policy.js';
import { MAX_DAYS, MAX_SPAN_SECONDS, toMs } from '../table/fields.js';
import type { ReadingContext } from '../table/reading-context.js';
import type { ReadingOf } from '../table/table-reading.js';
import type { limiterSchema } from './limiter-schema.js';

type LimiterReading = ReadingOf<typeof limiterSchema>;
type ConfigSyntax = ReadingContext['syntax'];
type Algorithm = RatePolicy['algorithm'];

const KEYS_OF = {
  token_bucket: ['rate_per_second', 'burst'],
  sliding_window: ['limit', 'window_seconds'],
} as const;

/** The policy of a limiter; null, with a problem noted, when its keys do not make one. */
export function readPolicy(reading: LimiterReading, syntax: ConfigSyntax): LimiterPolicy | null {
  const concurrency = readConcurrency(reading, syntax);
  if (reading.isWrong('algorithm')) return null;
  const algorithm = decideAlgorithm(reading);
  if (algorithm === null) return withoutRate(reading, syntax, concurrency);
  const isForeign = reportForeignKeys(reading, syntax, algorithm);
  const policy =
    algorithm === 'token_bucket' ? readTokenBucket(reading) : readSlidingWindow(reading);
  if (policy === null) {
    if (!isForeign) reportMissing(reading, syntax, algorithm);
    return null;
  }
  return concurrency === null ? policy : { ...policy, concurrency };
}

/** The algorithm that is written, else the default if a key of it is there; else null. */
function decideAlgorithm(reading: LimiterReading): Algorithm | null {
  const isBucket = KEYS_OF.token_bucket.some((key) => reading.has(key));
  return reading.has('algorithm') || isBucket ? reading.values.algorithm : null;
}

function withoutRate(
  reading: LimiterReading,
  syntax: ConfigSyntax,
  concurrency: ConcurrencyLimit | null,
): LimiterPolicy | null {
  const window = KEYS_OF.sliding_window.filter((key) => reading.has(key));
  if (window.length > 0) {
    const keys = window.map((key) => syntax.spell(key)).join(' and ');
    const remedy = syntax.assign('algorithm', 'sliding_window');
    reading.report('algorithm', `is missing: for ${keys}, write ${remedy}.`);
    return null;
  }
  if (concurrency !== null) return { algorithm: 'concurrency', concurrency };
  if (!reading.has('max_concurrent')) reading.reportTable(describeNothing(syntax));
  return null;
}

function describeNothing(syntax: ConfigSyntax): string {
  const window = `${syntax.spell('limit')} and ${syntax.spell('window_seconds')}`;
  const slots = syntax.spell('max_concurrent');
  return `limits nothing. Write ${syntax.spell('rate_per_second')}, or ${window}, or ${slots}.`;
}

function readTokenBucket(reading: LimiterReading): RatePolicy | null {
  const { rate_per_second: ratePerSecond, burst: writtenBurst } = reading.values;
  if (ratePerSecond === undefined || reading.isWrong('burst')) return null;
  const burst = writtenBurst ?? Math.max(1, Math.floor(ratePerSecond));
  if (burst / ratePerSecond > MAX_SPAN_SECONDS) {
    reading.report(
      reading.has('burst') ? 'burst' : 'rate_per_second',
      `a burst of ${String(burst)} takes more than ${String(MAX_DAYS)} days to come back at ` +
        `${String(ratePerSecond)} per second.`,
    );
  }
  return { algorithm: 'token_bucket', ratePerSecond, burst };
}

function readSlidingWindow(reading: LimiterReading): RatePolicy | null {
  const { limit, window_seconds: windowSeconds } = reading.values;
  if (limit === undefined || windowSeconds === undefined) return null;
  return { algorithm: 'sliding_window', limit, windowMs: toMs(windowSeconds) };
}

function readConcurrency(reading: LimiterReading, syntax: ConfigSyntax): ConcurrencyLimit | null {
  const { max_concurrent: maxConcurrent, lease_seconds: leaseSeconds } = reading.values;
  if (reading.has('lease_seconds') && !reading.mentions('max_concurrent')) {
    reading.report('lease_seconds', `has no effect without ${syntax.spell('max_concurrent')}.`);
  }
  return maxConcurrent === undefined ? null : { maxConcurrent, leaseMs: toMs(leaseSeconds) };
}

/** Notes the keys of the other algorithm; true when there are any. */
function reportForeignKeys(
  reading: LimiterReading,
  syntax: ConfigSyntax,
  algorithm: Algorithm,
): boolean {
  const other = algorithm === 'token_bucket' ? 'sliding_window' : 'token_bucket';
  const foreign = KEYS_OF[other].filter((key) => reading.has(key));
  for (const key of foreign) {
    reading.report(
      key,
      `belongs to ${syntax.assign('algorithm', other)}, and this limiter is a ${algorithm}.`,
    );
  }
  return foreign.length > 0;
}

function reportMissing(reading: LimiterReading, syntax: ConfigSyntax, algorithm: Algorithm): void {
  const required =
    algorithm === 'token_bucket' ? (['rate_per_second'] as const) : KEYS_OF[algorithm];
  for (const key of required.filter((name) => !reading.has(name))) {
    reading.report(key, `is missing: ${syntax.assign('algorithm', algorithm)} needs it.`);
  }
}
