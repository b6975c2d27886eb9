/** What the script does with the requests of an operation. */
export type OperationKind =
  'all' | 'any' | 'release' | 'release_moving' | 'renew' | 'keep' | 'leave' | 'reset' | 'probe';

/** What an operation asks for, in the words of `lua/dispatch.lua`. */
export interface Operation {
  readonly kind: OperationKind;
  readonly keys: readonly string[];
  /** The fields of all requests, in their order, as words with spaces between them. */
  readonly fields: string;
  readonly requests: number;
  /** How long the server needs for it, in ordinary requests. */
  readonly work: number;
  /** Integers of the answer, after its status. */
  readonly integers: number;
}

/** The argument for a missing lease, and for units of any reservation. */
export const NOTHING = '-';

/** Whether an operation releases units or slots, which no caller waits for. */
export function isRelease({ kind }: Operation): boolean {
  return kind === 'release' || kind === 'release_moving';
}
