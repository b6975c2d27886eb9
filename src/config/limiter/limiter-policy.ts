import type { ConcurrencyLimit, LimiterPolicy } from '../../core/policy.js';
import { listOf } from '../table/describe-value.js';
import { toMs } from '../table/fields.js';
import type { ConfigSyntax } from '../table/syntax.js';
import {
  algorithmKeys,
  algorithmNames,
  ALGORITHMS,
  type Algorithm,
  type AlgorithmKey,
} from './algorithms.js';
import type { LimiterReading } from './limiter-schema.js';

/** The policy of a limiter; null, with a problem noted, when its keys do not make one. */
export function readPolicy(reading: LimiterReading, syntax: ConfigSyntax): LimiterPolicy | null {
  const concurrency = readConcurrency(reading, syntax);
  if (reading.isInvalid('algorithm')) return null;
  const algorithm = chosenAlgorithm(reading);
  if (algorithm === null) return withoutAlgorithm(reading, syntax, concurrency);
  const foreign = foreignKeys(reading, algorithm);
  for (const key of foreign) reportForeign(reading, syntax, key);
  const policy = ALGORITHMS[algorithm].readPolicy(reading);
  if (policy === null) {
    if (foreign.length === 0) reportMissing(reading, syntax, algorithm);
    return null;
  }
  return concurrency === null ? policy : { ...policy, concurrency };
}

/** The algorithm that is written, or the default one if the limiter has a key of it; else null. */
function chosenAlgorithm(reading: LimiterReading): Algorithm | null {
  const { algorithm } = reading.values;
  const hasOwnKey = ALGORITHMS[algorithm].keys.some((key) => reading.has(key));
  return reading.has('algorithm') || hasOwnKey ? algorithm : null;
}

function withoutAlgorithm(
  reading: LimiterReading,
  syntax: ConfigSyntax,
  concurrency: ConcurrencyLimit | null,
): LimiterPolicy | null {
  const written = algorithmKeys.filter((key) => reading.has(key));
  if (written.length > 0) {
    reading.report('algorithm', describeUnnamed(written, syntax));
    return null;
  }
  if (concurrency !== null) return { algorithm: 'concurrency', concurrency };
  if (!reading.has('max_concurrent')) reading.reportTable(describeNothing(syntax));
  return null;
}

/** Names the algorithm that takes most of the keys. */
function describeUnnamed(written: readonly AlgorithmKey[], syntax: ConfigSyntax): string {
  const taken = (name: Algorithm): number =>
    written.filter((key) => ALGORITHMS[name].keys.includes(key)).length;
  const meant = algorithmNames.reduce((best, name) => (taken(name) > taken(best) ? name : best));
  const keys = written.map((key) => syntax.spell(key)).join(' and ');
  const verb = written.length === 1 ? 'requires' : 'require';
  return `missing; ${keys} ${verb} ${syntax.assign('algorithm', meant)}.`;
}

function describeNothing(syntax: ConfigSyntax): string {
  const choices = algorithmNames.map((name) =>
    ALGORITHMS[name].required.map((key) => syntax.spell(key)).join(' and '),
  );
  return `limits nothing. Write ${[...choices, syntax.spell('max_concurrent')].join(', or ')}.`;
}

function readConcurrency(reading: LimiterReading, syntax: ConfigSyntax): ConcurrencyLimit | null {
  const { max_concurrent: maxConcurrent, lease_seconds: leaseSeconds } = reading.values;
  if (reading.has('lease_seconds') && !reading.mentions('max_concurrent')) {
    reading.report('lease_seconds', `has no effect without ${syntax.spell('max_concurrent')}.`);
  }
  return maxConcurrent === undefined ? null : { maxConcurrent, leaseMs: toMs(leaseSeconds) };
}

/** The keys of a limiter that its algorithm does not take. */
function foreignKeys(reading: LimiterReading, algorithm: Algorithm): readonly AlgorithmKey[] {
  const own = ALGORITHMS[algorithm].keys;
  return algorithmKeys.filter((key) => reading.has(key) && !own.includes(key));
}

function reportForeign(reading: LimiterReading, syntax: ConfigSyntax, key: AlgorithmKey): void {
  const owners = algorithmNames.filter((name) => ALGORITHMS[name].keys.includes(key));
  const remedies = owners.map((name) => syntax.assign('algorithm', name));
  const { algorithm } = reading.values;
  reading.report(
    key,
    `requires ${listOf(remedies, 'or')}, but this limiter has ${syntax.assign('algorithm', algorithm)}.`,
  );
}

function reportMissing(reading: LimiterReading, syntax: ConfigSyntax, algorithm: Algorithm): void {
  for (const key of ALGORITHMS[algorithm].required.filter((name) => !reading.has(name))) {
    reading.report(key, `missing; ${syntax.assign('algorithm', algorithm)} requires it.`);
  }
}
