import { listOf } from './describe-value.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The result of expanding the variables in a text. */
export type Expansion =
  | { readonly kind: 'literal' }
  | { readonly kind: 'expanded'; readonly text: string; readonly variables: Variables }
  | { readonly kind: 'failed'; readonly problem: string };

/** The variables in a value. */
export interface Variables {
  readonly names: readonly string[];
  /** True when each has a default, so that the value may be empty. */
  readonly optional: boolean;
}

/** The pattern of `${NAME}` and `${NAME:-default}`. */
export const VARIABLE_PATTERN = '\\$\\{[A-Za-z_][A-Za-z0-9_]*(?::-[^{}]*)?\\}';

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}/g;

/** The most variables in one value; bounds its length. */
const MAX_VARIABLES = 100;

/** A variable that a text names. */
export interface VariableUse {
  readonly name: string;
  /** True when it has a default. */
  readonly isOptional: boolean;
}

/** The variables that a text names, in order. */
export function variablesIn(text: string): readonly VariableUse[] {
  return [...text.matchAll(VARIABLE)].map(([, name = '', fallback]) => ({
    name,
    isOptional: fallback !== undefined,
  }));
}

/** The variable's value; undefined when it is not set. */
export function variable(env: Environment, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

/**
 * Replaces `${NAME}` and `${NAME:-default}` in one pass: the value of a variable is not expanded again.
 * The default also replaces an empty variable. `$NAME` without braces stays as it is.
 *
 * A variable that is not set and has no default fails, and so does any other use of `${`.
 */
export function expandVariables(text: string, env: Environment): Expansion {
  if (!text.includes('${')) return { kind: 'literal' };
  if (text.replace(VARIABLE, ' ').includes('${')) {
    return { kind: 'failed', problem: 'has a "${" that is not ${NAME} or ${NAME:-default}.' };
  }
  const references = [...text.matchAll(VARIABLE)];
  if (references.length > MAX_VARIABLES) {
    return { kind: 'failed', problem: `names more than ${String(MAX_VARIABLES)} variables.` };
  }
  const missing = references.filter(
    ([, name = '', fallback]) => fallback === undefined && variable(env, name) === undefined,
  );
  if (missing.length > 0) return { kind: 'failed', problem: describeMissing(namesOf(missing)) };
  return {
    kind: 'expanded',
    text: text.replace(VARIABLE, (_, name: string, fallback: string | undefined) => {
      const value = variable(env, name) ?? '';
      return value === '' ? (fallback ?? '') : value;
    }),
    variables: {
      names: namesOf(references),
      optional: references.every(([, , fallback]) => fallback !== undefined),
    },
  };
}

function namesOf(references: readonly RegExpExecArray[]): readonly string[] {
  return [...new Set(references.map(([, name = '']) => name))];
}

function describeMissing(names: readonly string[]): string {
  const [first = ''] = names;
  const [subject, them] =
    names.length === 1
      ? [`the environment variable ${first} is`, 'it']
      : [`the environment variables ${listOf(names, 'and')} are`, 'them'];
  return `${subject} not set. Set ${them}, or give a default as in \${${first}:-default}.`;
}
