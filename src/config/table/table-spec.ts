import type { z } from 'zod';

/** What a table may hold. */
export interface TableSpec<Schema extends z.ZodObject> {
  /** The keys by their TOML names. Each may be left out. */
  readonly schema: Schema;
  /** Other spellings, and the keys that they mean. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Keys that are accepted and have no effect, with the reason, as a sentence. */
  readonly ignored: Readonly<Record<string, string>>;
  /** Keys whose values no message may repeat. */
  readonly secrets: readonly string[];
  /** What to do about a value that was refused, as a sentence; null when there is nothing to add. */
  readonly adviceFor?: (key: string, value: unknown) => string | null;
  /** Tables inside the table, each with a specification of its own. */
  readonly subtables: readonly string[];
}
