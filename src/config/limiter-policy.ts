import type { ConcurrencyLimit, LimiterPolicy, RatePolicy } from '../core/policy.js';
import { MAX_DAYS, MAX_SPAN_SECONDS } from './fields.js';
import type { limiterSchema } from './limiter-schema.js';
import { toMs } from './milliseconds.js';
import type { ReadingContext } from './reading-context.js';
import type { ReadingOf } from './table-reading.js';

type LimiterReading = ReadingOf<typeof limiterSchema>;
type Form = ReadingContext['form'];
type Algorithm = RatePolicy['algorithm'];

const KEYS_OF = {
  token_bucket: ['rate_per_second', 'burst'],
  sliding_window: ['limit', 'window_seconds'],
} as const;

/** The policy of a limiter; null, with a problem noted, when its keys do not make one. */
export function readPolicy(reading: LimiterReading, form: Form): LimiterPolicy | null {
  const concurrency = readConcurrency(reading, form);
  if (reading.isWrong('algorithm')) return null;
  const algorithm = decideAlgorithm(reading);
  if (algorithm === null) return withoutRate(reading, form, concurrency);
  const isForeign = reportForeignKeys(reading, form, algorithm);
  const policy =
    algorithm === 'token_bucket' ? readTokenBucket(reading) : readSlidingWindow(reading);
  if (policy === null) {
    if (!isForeign) reportMissing(reading, form, algorithm);
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
  form: Form,
  concurrency: ConcurrencyLimit | null,
): LimiterPolicy | null {
  const window = KEYS_OF.sliding_window.filter((key) => reading.has(key));
  if (window.length > 0) {
    const keys = window.map((key) => form.spell(key)).join(' and ');
    const remedy = form.assign('algorithm', 'sliding_window');
    reading.report('algorithm', `is missing: for ${keys}, write ${remedy}.`);
    return null;
  }
  if (concurrency !== null) return { algorithm: 'concurrency', concurrency };
  if (!reading.has('max_concurrent')) reading.reportTable(describeNothing(form));
  return null;
}

function describeNothing(form: Form): string {
  const window = `${form.spell('limit')} and ${form.spell('window_seconds')}`;
  const slots = form.spell('max_concurrent');
  return `limits nothing. Write ${form.spell('rate_per_second')}, or ${window}, or ${slots}.`;
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

function readConcurrency(reading: LimiterReading, form: Form): ConcurrencyLimit | null {
  const { max_concurrent: maxConcurrent, lease_seconds: leaseSeconds } = reading.values;
  if (reading.has('lease_seconds') && !reading.mentions('max_concurrent')) {
    reading.report('lease_seconds', `has no effect without ${form.spell('max_concurrent')}.`);
  }
  return maxConcurrent === undefined ? null : { maxConcurrent, leaseMs: toMs(leaseSeconds) };
}

/** Notes the keys of the other algorithm; true when there are any. */
function reportForeignKeys(reading: LimiterReading, form: Form, algorithm: Algorithm): boolean {
  const other = algorithm === 'token_bucket' ? 'sliding_window' : 'token_bucket';
  const foreign = KEYS_OF[other].filter((key) => reading.has(key));
  for (const key of foreign) {
    reading.report(
      key,
      `belongs to ${form.assign('algorithm', other)}, and this limiter is a ${algorithm}.`,
    );
  }
  return foreign.length > 0;
}

function reportMissing(reading: LimiterReading, form: Form, algorithm: Algorithm): void {
  const required =
    algorithm === 'token_bucket' ? (['rate_per_second'] as const) : KEYS_OF[algorithm];
  for (const key of required.filter((name) => !reading.has(name))) {
    reading.report(key, `is missing: ${form.assign('algorithm', algorithm)} needs it.`);
  }
}
