import type { z } from 'zod';

/** The specification of a table. */
export interface TableSpec<Schema extends z.ZodObject> {
  /** The keys by their TOML names. Each may be left out. */
  readonly schema: Schema;
  /** Other spellings, by the key that each stands for. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Keys that are accepted and have no effect, with the reason, as a sentence. */
  readonly ignored: Readonly<Record<string, string>>;
  /** Keys whose values never appear in a message. */
  readonly secrets: readonly string[];
  /** A remedy for an invalid value, as a sentence; null: none. */
  readonly adviceFor?: (key: string, value: unknown) => string | null;
  /** Tables within the table, each with its own specification. */
  readonly subtables: readonly string[];
}
