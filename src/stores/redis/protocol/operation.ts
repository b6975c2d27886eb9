/** An operation of the script, by its name in `lua/dispatch.lua`. */
export type OperationKind =
  'all' | 'any' | 'release' | 'release_moving' | 'renew' | 'keep' | 'leave' | 'reset' | 'probe';

/** One atomic operation, encoded for the script. */
export interface Operation {
  readonly kind: OperationKind;
  readonly keys: readonly string[];
  /** The fields of all requests, in their order, separated by spaces. */
  readonly fields: string;
  readonly requests: number;
  /** The server's work for it, in ordinary requests. */
  readonly work: number;
  /** Integers of the reply after its status. */
  readonly integers: number;
}

/** The argument for a missing lease, and for units of any reservation. */
export const NOTHING = '-';

const REPEATABLE: ReadonlySet<OperationKind> = new Set(['renew', 'leave', 'reset']);

/** Whether an operation that is not a decision may be done twice. */
export function isRepeatable({ kind }: Operation): boolean {
  return REPEATABLE.has(kind);
}

/** Whether an operation releases units or slots, which no caller waits for. */
export function isRelease({ kind }: Operation): boolean {
  return kind === 'release' || kind === 'release_moving';
}
