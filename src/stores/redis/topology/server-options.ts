import type { Clock } from '../../../core/clock.js';
import type { StoreUnavailableError } from '../../../core/errors/index.js';
import type { CircuitState } from '../../../core/store-status.js';
import type { PendingOperation } from '../batching/pending-operation.js';
import type { Backoff } from '../connection/backoff.js';
import type { RedisClient } from '../connection/redis-client.js';
import type { Operation } from '../protocol/operation.js';
import type { RedisSettings } from '../settings.js';

/** What a topology uses of a server to prepare a new connection. */
export interface PreparedServer {
  /** Its role as the server reported it; null while it is not known. */
  role: string | null;
  /** Runs a command on the new connection. */
  command(name: string, ...args: readonly string[]): Promise<unknown>;
}

/** How a server is reached, and what it notifies. */
export interface ServerOptions {
  readonly client: RedisClient;
  /** False for a client of the application, which is never closed here. */
  readonly isOwned: boolean;
  /** Host and port, without credentials; null where they are not known. */
  readonly address: string | null;
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** The time that limits are decided by, in microseconds; -1: the server's. */
  readonly nowUs: () => number;
  /** Whether all keys of a call must be in one hash slot. */
  readonly isOneSlotPerCall: () => boolean;
  /** Returns the operation that checks that the server accepts writes to keys of its own. */
  readonly probeOperation: () => Operation;
  /** Runs on every new connection before it is used. */
  readonly prepare: (server: PreparedServer) => Promise<void>;
  /** Takes operations that another server must execute; false when the error has another cause. */
  readonly redirect: (operations: readonly PendingOperation[], error: unknown) => boolean;
  readonly onUp: () => void;
  readonly onDown: (failure: StoreUnavailableError) => void;
  readonly onCircuit: (from: CircuitState, to: CircuitState) => void;
}

/** The options of a server that depend on the topology. */
export interface TopologyHooks extends Pick<
  ServerOptions,
  'isOneSlotPerCall' | 'prepare' | 'redirect' | 'onUp' | 'onDown' | 'isOwned'
> {
  /** Returns a hash tag whose keys the server holds; null when it holds none. */
  readonly probeHashTag: () => string | null;
}
