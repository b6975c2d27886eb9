import type { z } from 'zod';
import { describeValue } from './describe-value.js';
import type { ConfigPath, ProblemList } from './problem-list.js';

/** A key of a table, with its value. */
export interface WrittenKey {
  /** The key as the user spelled it. */
  readonly spelling: string;
  /** The value, with variables expanded. */
  readonly value: unknown;
  /** Names of the environment variables in the value. */
  readonly variables: readonly string[];
}

/** The keys of one table, by their TOML names. */
export interface CollectedKeys {
  /** Keys that have a value, valid or not. */
  readonly written: ReadonlyMap<string, WrittenKey>;
  /** Keys that count as absent, because their variables are empty. */
  readonly emptied: ReadonlySet<string>;
  /** Keys whose value is unknown; a problem was noted. */
  readonly failed: ReadonlySet<string>;
}

/** A table that was read: its values, and which of them are valid. */
export class TableReading<Values> {
  readonly path: ConfigPath;
  /** The values by TOML name; an invalid or absent key has its default. */
  readonly values: Values;
  readonly #keys: CollectedKeys;
  readonly #invalid: ReadonlySet<string>;
  readonly #problems: ProblemList;
  readonly #spell: (key: string) => string;

  constructor(options: {
    readonly path: ConfigPath;
    readonly values: Values;
    readonly keys: CollectedKeys;
    readonly invalid: ReadonlySet<string>;
    readonly problems: ProblemList;
    readonly spell: (key: string) => string;
  }) {
    this.path = options.path;
    this.values = options.values;
    this.#keys = options.keys;
    this.#invalid = options.invalid;
    this.#problems = options.problems;
    this.#spell = options.spell;
  }

  /** Whether the key has a value, valid or not. */
  has(key: keyof Values & string): boolean {
    return this.#keys.written.has(key) || this.#keys.failed.has(key);
  }

  /** Whether the table has the key, even with an empty variable. */
  mentions(key: keyof Values & string): boolean {
    return this.has(key) || this.#keys.emptied.has(key);
  }

  /** Whether the value of the key is invalid. */
  isInvalid(key: keyof Values & string): boolean {
    return this.#invalid.has(key) || this.#keys.failed.has(key);
  }

  /** The text of a key, for a message: quoted, or by the name of its variable. */
  quoteText(key: keyof Values & string): string {
    const { value, variables = [] } = this.#keys.written.get(key) ?? {};
    if (variables.length > 0) return `the text in \${${variables.join('}, ${')}}`;
    return describeValue(value);
  }

  /** Notes a problem of a key, or of a key that is missing. */
  report(key: keyof Values & string, message: string): void {
    const spelling = this.#keys.written.get(key)?.spelling ?? this.#spell(key);
    this.#problems.add([...this.path, spelling], message);
  }

  /** Notes a problem of the table as a whole. */
  reportTable(message: string): void {
    this.#problems.add(this.path, message);
  }
}

/** A reading with the values of a zod schema. */
export type ReadingOf<Schema extends z.ZodType> = TableReading<z.output<Schema>>;
