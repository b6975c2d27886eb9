import type { StoreFailureKind } from './errors/store-unavailable-error.js';

/** The state of a circuit breaker. */
export type CircuitState = 'closed' | 'open' | 'half_open';

/** From best to worst. */
const ORDER: readonly CircuitState[] = ['closed', 'half_open', 'open'];

/** The worst of several; `closed` when there is none. */
export function worstCircuit(states: readonly CircuitState[]): CircuitState {
  return ORDER[Math.max(0, ...states.map((state) => ORDER.indexOf(state)))] ?? 'closed';
}

/** Why the last request to a server failed. Contains no text of the server. */
export interface NodeFailure {
  readonly kind: StoreFailureKind;
  readonly failureCode: string | null;
}

/** The status of one server of a store, as far as this process knows it. */
export interface NodeStatus {
  /** Host and port, without credentials; null when unknown. */
  readonly address: string | null;
  /** The role that the server reports (`master`, `replica`); null when it was not requested. */
  readonly role: string | null;
  /** Whether this process is connected to it. */
  readonly isUp: boolean;
  readonly circuit: CircuitState;
  /** Null while the server is healthy. */
  readonly failure: NodeFailure | null;
}

/** The status of a store, as far as this process knows it. Reading it sends no request. */
export interface StoreStatus {
  /** Whether every request can be sent now. */
  readonly isUp: boolean;
  /** The worst of the nodes. */
  readonly circuit: CircuitState;
  readonly nodes: readonly NodeStatus[];
}

/** The usage of a bounded store in process memory. */
export interface StoreUsage {
  /** Identifiers that are currently tracked. */
  readonly keys: number;
  /** Identifiers that were evicted for new ones before they expired. */
  readonly evictions: number;
}

/** The status of a store and its id. */
export interface KnownStoreStatus extends StoreStatus {
  readonly storeId: string;
  /** Null for stores that are not bounded in this process. */
  readonly usage: StoreUsage | null;
}
