import type { z } from 'zod';

/** What a table may hold. */
export interface TableSpec<Schema extends z.ZodObject> {
  /** The keys by their TOML names. Each may be left out. */
  readonly schema: Schema;
  /** Other spellings, and the keys that they mean. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Keys whose values no message may repeat. */
  readonly secrets: readonly string[];
  /** Tables inside the table, each with a specification of its own. */
  readonly subtables: readonly string[];
}
