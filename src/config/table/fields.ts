import { z } from 'zod';
import { listOf } from './describe-value.js';

/** The pattern of the names of stores and limiters. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** The most days that a window, or the refill of a bucket, may last. */
export const MAX_DAYS = 366;

/** The same in seconds. */
export const MAX_SPAN_SECONDS = MAX_DAYS * 86_400;

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number) {
  const error = `expected a whole number from ${String(min)} to ${String(max)}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A number above zero. */
export function positiveNumber(max: number) {
  const error = `expected a number greater than 0 and at most ${String(max)}`;
  return z.number({ error }).gt(0, { error }).max(max, { error });
}

/** A share, from 0 to 1. */
export function share() {
  const error = 'expected a number from 0 to 1';
  return z.number({ error }).min(0, { error }).max(1, { error });
}

/** Seconds in whole milliseconds, so that the conversion to milliseconds is exact. */
export function seconds(min: number, max: number) {
  const error = `expected seconds from ${String(min)} to ${String(max)}, in whole milliseconds`;
  return z
    .number({ error })
    .min(min, { error })
    .max(max, { error })
    .refine((value) => Math.round(value * 1000) / 1000 === value, { error });
}

/** Converts seconds to milliseconds; exact for whole milliseconds. */
export function toMs(seconds: number): number {
  return Math.round(seconds * 1000);
}

/** A string of at least one character. */
export function text(expectation: string) {
  const error = `expected ${expectation}`;
  return z.string({ error }).min(1, { error });
}

/** A string of a certain form. */
export function textLike(pattern: RegExp, expectation: string) {
  const error = `expected ${expectation}`;
  return z.string({ error }).regex(pattern, { error });
}

/** A string that `findProblem` accepts with null; else it returns the problem, as a sentence. */
export function textWithout(findProblem: (text: string) => string | null, expectation: string) {
  return z.string({ error: `expected ${expectation}` }).superRefine((value, context) => {
    const message = findProblem(value);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });
}

/** One of several words. */
export function oneOf<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, {
    error: `expected ${listOf(
      words.map((word) => `"${word}"`),
      'or',
    )}`,
  });
}

/** True or false. */
export function flag() {
  return z.boolean({ error: 'expected true or false' });
}

/** An array of strings. */
export function listOfTexts<Item extends z.ZodType<string>>(item: Item) {
  return z.array(item, { error: 'expected an array of strings' });
}
