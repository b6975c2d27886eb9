import type { StoreFailureKind } from './errors/store-unavailable-error.js';

/** Where a circuit breaker stands. */
export type CircuitState = 'closed' | 'open' | 'half_open';

/** From good to bad. */
const ORDER: readonly CircuitState[] = ['closed', 'half_open', 'open'];

/** The worst of several; `closed` when there is none. */
export function worstCircuit(states: readonly CircuitState[]): CircuitState {
  return ORDER[Math.max(0, ...states.map((state) => ORDER.indexOf(state)))] ?? 'closed';
}

/** Why a server was not there the last time that it was asked. No words of the server's. */
export interface NodeFailure {
  readonly kind: StoreFailureKind;
  readonly failureCode: string | null;
}

/** How one server of a store is, as far as this process knows. */
export interface NodeStatus {
  /** Host and port, without credentials; null where they are not known. */
  readonly address: string | null;
  /** What the server says it is (`master`, `replica`); null when it was not asked. */
  readonly role: string | null;
  /** Whether a connection to it stands. */
  readonly isUp: boolean;
  readonly circuit: CircuitState;
  /** Null while nothing is wrong. */
  readonly failure: NodeFailure | null;
}

/** How a store is, as far as this process knows. Asking costs nothing: no server is asked. */
export interface StoreStatus {
  /** Whether every question can be asked now. */
  readonly isUp: boolean;
  /** The worst of the nodes. */
  readonly circuit: CircuitState;
  readonly nodes: readonly NodeStatus[];
}

/** How full a bounded store in process memory is. */
export interface StoreUsage {
  /** Identifiers that are tracked now. */
  readonly keys: number;
  /** Identifiers that were forgotten for newcomers before they had expired. */
  readonly evictions: number;
}

/** A store by its id, as this process knows it without asking. */
export interface KnownStoreStatus extends StoreStatus {
  readonly storeId: string;
  /** Null for stores that are not bounded in this process. */
  readonly usage: StoreUsage | null;
}
