import type { z } from 'zod';
import { didYouMean } from '../../core/did-you-mean.js';
import { describeKind, describeValue, listOf } from './describe-value.js';

type Issue = z.core.$ZodIssue;

/** A value that was validated, and what a message may show of it. */
export interface CheckedValue {
  readonly value: unknown;
  readonly secret: boolean;
  /** Names of the environment variables that the value came from. */
  readonly variables: readonly string[];
}

/** A problem of a value, with the index of an array's item. */
export interface Explanation {
  readonly index: number | null;
  readonly message: string;
}

/**
 * Describes an issue of zod in a sentence: what was expected, then the value. Secrets and texts from
 * the environment are never repeated.
 */
export function explainIssue(found: Issue, checked: CheckedValue): Explanation {
  const issue = mostPrecise(found);
  const [, ...rest] = issue.path;
  const index = rest.find((part) => typeof part === 'number') ?? null;
  const value = index === null ? checked.value : itemOf(checked.value, index);
  const names = checked.variables.map((name) => `\${${name}}`);
  if (checked.secret && issue.code === 'custom') {
    const origin = names.length === 0 ? '' : ` The value comes from ${listOf(names, 'and')}.`;
    return { index, message: `${issue.message}${origin}` };
  }
  const got = describeGot(value, issue, checked);
  const from = names.length === 0 ? '' : ` from ${listOf(names, 'and')}`;
  const hint =
    issue.code === 'invalid_value' && typeof value === 'string' && !checked.secret
      ? didYouMean(value, issue.values.map(String))
      : '';
  return { index, message: `${issue.message}, got ${got}${from}.${hint}` };
}

/** In a union, an issue inside an array is more precise than "no alternative fits". */
function mostPrecise(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().find((candidate) => candidate.path.length > 0);
  return inner === undefined ? issue : { ...inner, path: [...issue.path, ...inner.path] };
}

function itemOf(value: unknown, index: number): unknown {
  return Array.isArray(value) ? value[index] : undefined;
}

/** As much of a value as a message may show: its kind, or the value itself. */
function describeGot(value: unknown, issue: Issue, { secret, variables }: CheckedValue): string {
  if (secret) return describeKind(value);
  if (typeof value !== 'string') return describeValue(value);
  const isRepeatable = issue.code !== 'invalid_type' && variables.length === 0;
  return isRepeatable ? describeValue(value) : describeKind(value);
}
