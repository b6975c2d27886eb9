import { describe, expect, it } from 'vitest';
import { expandVariables, variable } from './environment.js';

const env = {
  HOST: 'redis',
  PORT: '6379',
  EMPTY: '',
  NESTED: '${HOST}',
  HOME: '/root',
  DOLLAR: '$HOME $& $1',
  PADDED: '0123',
};

describe('expandVariables', () => {
  it.each([
    ['${HOST}', 'redis'],
    ['${HOST}:${PORT}', 'redis:6379'],
    ['${NOPE:-other}', 'other'],
    ['${EMPTY:-other}', 'other'],
    ['${NOPE:-}', ''],
    ['${EMPTY}', ''],
    ['${NESTED}', '${HOST}'],
    ['${DOLLAR}', '$HOME $& $1'],
    ['${NOPE:-$HOME}', '$HOME'],
    ['$HOME and ${HOST}', '$HOME and redis'],
    ['$${HOST}', '$redis'],
    ['${PADDED}', '0123'],
  ])('expands %s to %s', (text, expected) => {
    expect(expandVariables(text, env)).toMatchObject({ kind: 'expanded', text: expected });
  });

  it.each(['plain', '$HOME', '$(HOME)', '{HOST}', ''])('leaves %s alone', (text) => {
    expect(expandVariables(text, env)).toEqual({ kind: 'literal' });
  });

  it.each(['${', '${}', '${1A}', '${A-b}', '${A:?b}', '${A:-${HOST}}', '${A:-{}}', '${HOST} ${'])(
    'refuses %s',
    (text) => {
      expect(expandVariables(text, env)).toEqual({
        kind: 'failed',
        problem: 'has a "${" that is not ${NAME} or ${NAME:-default}.',
      });
    },
  );

  it.each([
    [
      '${NOPE}',
      'the environment variable NOPE is not set. Set it, or give a default as in ${NOPE:-default}.',
    ],
    [
      '${A} ${B} ${A} ${HOST}',
      'the environment variables A and B are not set. Set them, or give a default as in ${A:-default}.',
    ],
    [
      '${toString}',
      'the environment variable toString is not set. Set it, or give a default as in ${toString:-default}.',
    ],
  ])('fails for %s', (text, problem) => {
    expect(expandVariables(text, env)).toEqual({ kind: 'failed', problem });
  });

  it('bounds the length of a value', () => {
    expect(expandVariables('${HOST}'.repeat(101), env)).toEqual({
      kind: 'failed',
      problem: 'names more than 100 variables.',
    });
  });

  it('knows the variables, and whether they may be left out', () => {
    expect(expandVariables('${HOST}${NOPE:-}', env)).toMatchObject({
      variables: { names: ['HOST', 'NOPE'], optional: false },
    });
    expect(expandVariables('${NOPE:-}', env)).toMatchObject({ variables: { optional: true } });
  });
});

describe('variable', () => {
  it('reads own properties only', () => {
    expect(variable(env, 'HOST')).toBe('redis');
    expect(variable(env, 'constructor')).toBeUndefined();
    expect(variable(env, '__proto__')).toBeUndefined();
  });
});
