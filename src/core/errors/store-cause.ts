/** The kind of a store failure. */
export type StoreFailureKind =
  | 'timeout'
  | 'connection'
  | 'protocol'
  | 'auth'
  | 'tls'
  | 'topology'
  | 'database'
  | 'oom'
  | 'readonly'
  | 'loading'
  | 'busy'
  | 'misconf'
  | 'noperm'
  | 'unsupported'
  | 'cluster_down'
  | 'overload'
  | 'circuit_open'
  | 'data'
  | 'unknown';

/** A cause of unavailability, with a description that contains no text of the server. */
export interface StoreCause {
  readonly kind: StoreFailureKind;
  /** Error codes with this cause; empty: any other code of the kind, or no code. */
  readonly codes: readonly string[];
  /** A predicate: continues `store "main" at HOST:PORT`. */
  readonly sentence: string;
  /** How to fix it. */
  readonly fix: string;
}

/** A row of the table; `codes` are separated by spaces. */
export function cause(
  kind: StoreFailureKind,
  codes: string,
  sentence: string,
  fix: string,
): StoreCause {
  return { kind, codes: codes === '' ? [] : codes.split(' '), sentence, fix };
}

/** The fix for causes without a more specific one. */
export const CHECK_THAT_IT_RUNS = 'Check that it is running and that this process can reach it.';
