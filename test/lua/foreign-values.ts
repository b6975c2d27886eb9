import { expect } from 'vitest';
import type { ScriptOperation } from './operations.js';
import type { ScriptRunner } from './script-runner.js';

/** Puts a value under a key, as an application does that uses the same names. */
export type Plant = (key: string) => readonly (string | Buffer)[];

/** A value by its name. */
export type ForeignValue = readonly [name: string, plant: Plant];

/** Values that are no strings and no sorted sets. */
export const CONTAINERS: readonly ForeignValue[] = [
  ['a list', (key) => ['RPUSH', key, 'a', 'b']],
  ['a hash', (key) => ['HSET', key, 'field', 'value']],
  ['a set', (key) => ['SADD', key, 'a']],
  ['a stream', (key) => ['XADD', key, '1-1', 'field', 'value']],
];

/** A string by its name, or another one. */
export function text(value: string | Buffer, name = `the text ${String(value)}`): ForeignValue {
  return [name, (key) => ['SET', key, value]];
}

/** Expects of a group that it is refused, and of groups around it that they are answered. */
export async function expectForeign(
  script: ScriptRunner,
  nowUs: number,
  [before, foreign, after]: readonly [ScriptOperation, ScriptOperation, ScriptOperation],
): Promise<void> {
  const found = await script.snapshot();
  const answers = await script.run(nowUs, before, foreign, after);
  expect(answers.map(({ status }) => status)).toEqual(['ok', 'foreign', 'ok']);
  const left = await script.snapshot();
  expect(left.values).toMatchObject(found.values);
  expect(left.expiries).toMatchObject(found.expiries);
}

/** Expects that a group is answered, and changes nothing. */
export async function expectUnchanged(
  script: ScriptRunner,
  nowUs: number,
  operation: ScriptOperation,
): Promise<void> {
  const found = await script.snapshot();
  const [answer] = await script.run(nowUs, operation);
  expect(answer?.status).toBe('ok');
  expect(await script.snapshot()).toEqual(found);
}
