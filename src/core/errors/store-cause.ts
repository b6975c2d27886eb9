/** Why a store could not answer, in one word. */
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

/** One cause for which a store cannot answer, in words of ours. */
export interface StoreCause {
  readonly kind: StoreFailureKind;
  /** Error codes with this cause; empty: every other code of the kind, and none. */
  readonly codes: readonly string[];
  /** Continues `store "main" at HOST:PORT`. */
  readonly says: string;
  /** What to do about it. */
  readonly fix: string;
}

/** A row of the table; its codes are one text with spaces between them. */
export function cause(
  kind: StoreFailureKind,
  codes: string,
  says: string,
  fix: string,
): StoreCause {
  return { kind, codes: codes === '' ? [] : codes.split(' '), says, fix };
}

/** The remedy where nothing better is known. */
export const CHECK_THAT_IT_RUNS = 'Check that it runs and that this process may reach it.';
