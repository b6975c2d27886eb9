import { z } from 'zod';
import type { RatePolicy } from '../../core/policy.js';
import {
  MAX_DAYS,
  MAX_SPAN_SECONDS,
  positiveNumber,
  seconds,
  toMs,
  wholeNumber,
} from '../table/fields.js';
import type { TableReading } from '../table/table-reading.js';

/** An algorithm that counts units over time. */
export type Algorithm = RatePolicy['algorithm'];

/** The keys of each algorithm. All are optional here, because a limiter has those of one only. */
const schemas = {
  token_bucket: z.object({
    rate_per_second: positiveNumber(1_000_000)
      .optional()
      .describe('token_bucket: sustained units per second.'),
    burst: wholeNumber(1, 1_000_000_000)
      .optional()
      .describe("token_bucket: the most units at once. Default: one second's worth, at least 1."),
  }),
  sliding_window: z.object({
    limit: wholeNumber(1, 1_000_000)
      .optional()
      .describe('sliding_window: the most units in any window_seconds.'),
    window_seconds: seconds(0.001, MAX_SPAN_SECONDS)
      .optional()
      .describe('sliding_window: the length of the window.'),
  }),
} satisfies Record<Algorithm, z.ZodObject>;

/** The keys of all algorithms, as a part of the schema of a limiter. */
export const algorithmShape = {
  ...schemas.token_bucket.shape,
  ...schemas.sliding_window.shape,
};

const algorithmKeysSchema = z.object(algorithmShape);
type AlgorithmReading = TableReading<z.output<typeof algorithmKeysSchema>>;

/** A key that belongs to an algorithm. */
export type AlgorithmKey = keyof typeof algorithmShape;

/** Every key that belongs to an algorithm. */
export const algorithmKeys: readonly AlgorithmKey[] = algorithmKeysSchema.keyof().options;

/** The names of the algorithms. */
export const algorithmNames: readonly Algorithm[] = z.object(schemas).keyof().options;

/** The algorithm of a limiter that names none. */
export const DEFAULT_ALGORITHM: Algorithm = 'token_bucket';

/** How the policy of an algorithm is read. */
interface AlgorithmEntry {
  readonly keys: readonly AlgorithmKey[];
  readonly required: readonly AlgorithmKey[];
  /** The policy; null when a required key is missing, or when a value is invalid. */
  readonly readPolicy: (reading: AlgorithmReading) => RatePolicy | null;
}

/** The one place in the configuration that knows the algorithms. */
export const ALGORITHMS: Readonly<Record<Algorithm, AlgorithmEntry>> = {
  token_bucket: {
    keys: schemas.token_bucket.keyof().options,
    required: ['rate_per_second'],
    readPolicy: readTokenBucket,
  },
  sliding_window: {
    keys: schemas.sliding_window.keyof().options,
    required: schemas.sliding_window.keyof().options,
    readPolicy: readSlidingWindow,
  },
};

function readTokenBucket(reading: AlgorithmReading): RatePolicy | null {
  const { rate_per_second: ratePerSecond, burst: writtenBurst } = reading.values;
  if (ratePerSecond === undefined || reading.isInvalid('burst')) return null;
  const burst = writtenBurst ?? Math.max(1, Math.floor(ratePerSecond));
  if (burst / ratePerSecond > MAX_SPAN_SECONDS) {
    const [units, days, rate] = [String(burst), String(MAX_DAYS), String(ratePerSecond)];
    reading.report(
      reading.has('burst') ? 'burst' : 'rate_per_second',
      `a burst of ${units} takes more than ${days} days to refill at ${rate} per second.`,
    );
  }
  return { algorithm: 'token_bucket', ratePerSecond, burst };
}

function readSlidingWindow(reading: AlgorithmReading): RatePolicy | null {
  const { limit, window_seconds: windowSeconds } = reading.values;
  if (limit === undefined || windowSeconds === undefined) return null;
  return { algorithm: 'sliding_window', limit, windowMs: toMs(windowSeconds) };
}
