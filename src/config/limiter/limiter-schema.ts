import { z } from 'zod';
import {
  IDENTIFIER_SOURCE_FORMS,
  parseIdentifierSource,
} from '../../identifiers/identifier-source.js';
import { flag, oneOf, seconds, text, wholeNumber } from '../table/fields.js';
import type { ReadingOf } from '../table/table-reading.js';
import type { TableSpec } from '../table/table-spec.js';
import { algorithmNames, algorithmShape, DEFAULT_ALGORITHM } from './algorithms.js';

const sourceExpected = { error: `expected ${IDENTIFIER_SOURCE_FORMS}` };
const identifierSource = () =>
  z
    .string(sourceExpected)
    .refine((source) => parseIdentifierSource(source) !== null, sourceExpected);

/** The keys of `[limiters.NAME]`. */
export const limiterSchema = z.strictObject({
  store_id: text('the name of a store')
    .optional()
    .describe('The store. May be left out when there is only one.'),
  algorithm: oneOf(algorithmNames)
    .default(DEFAULT_ALGORITHM)
    .describe('How units are counted over time.'),
  ...algorithmShape,
  max_concurrent: wholeNumber(1, 100_000)
    .optional()
    .describe('The most slots held at once. Alone, or beside an algorithm.'),
  lease_seconds: seconds(0.1, 86_400)
    .default(30)
    .describe('With max_concurrent: seconds until the slot of a crashed holder is freed.'),
  timeout: seconds(0.001, 86_400)
    .optional()
    .describe('The most seconds that a check may take, and that acquire waits for its turn.'),
  fail_closed: flag()
    .default(false)
    .describe('When the store fails: true answers 503, false allows.'),
  on_store_failure: z
    .enum(['open', 'closed'], {
      error: ({ input }) =>
        input === 'local'
          ? '"local" is not available yet: expected "open" or "closed"'
          : 'expected "open" or "closed"',
    })
    .optional()
    .describe('The same choice as fail_closed: closed is true, open is false.'),
  identify_by: z
    .union(
      [
        identifierSource(),
        z.array(identifierSource()).min(1, { error: 'expected at least one source' }),
      ],
      { error: `${sourceExpected.error}, or an array of these` },
    )
    .default('ip')
    .describe(
      `Where the identifier comes from: ${IDENTIFIER_SOURCE_FORMS}, or an array of these, combined.`,
    ),
});

/** `[limiters.NAME]`. */
export const limiterTable: TableSpec<typeof limiterSchema> = {
  schema: limiterSchema,
  aliases: { store: 'store_id' },
  adviceFor: (key, value) =>
    key === 'timeout' && value === 0 ? 'Leave it out: a check does not wait for its turn.' : null,
  ignored: {},
  secrets: [],
  subtables: [],
};

/** A `[limiters.NAME]` that was read. */
export type LimiterReading = ReadingOf<typeof limiterSchema>;
