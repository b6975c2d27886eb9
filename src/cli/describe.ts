import { countsUnits, type LimiterPolicy } from '../core/policy.js';
import { unitAlgorithmOf } from './algorithms.js';

/** A policy in a few words: `10 in 300 s`, `5/s, burst 10, 2 at once`. */
export function describePolicy(policy: LimiterPolicy): string {
  const { concurrency } = policy;
  const units = countsUnits(policy) ? [unitAlgorithmOf(policy).describe(policy)] : [];
  const slots = concurrency === undefined ? [] : [`${String(concurrency.maxConcurrent)} at once`];
  return [...units, ...slots].join(', ');
}

/** A duration with a fitting unit: `250 ms`, `12 s`, `5 min`. */
export function describeMs(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'never';
  if (ms < 1_000) return `${String(Math.ceil(ms))} ms`;
  if (ms < 120_000) return `${String(Math.ceil(ms / 1_000))} s`;
  return `${String(Math.ceil(ms / 60_000))} min`;
}

/** An amount of memory: `51.6 MiB`. */
export function describeBytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** A number with its noun: `1 warning`, `2 warnings`. */
export function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
