import type { Clock } from '../../../core/clock.js';
import type { StoreUnavailableError } from '../../../core/errors/index.js';
import type { CircuitState } from '../../../core/store-status.js';
import type { Backoff } from '../connection/backoff.js';
import type { PendingOperation, Operation } from '../batching/pending-operation.js';
import type { RedisClient } from '../connection/redis-client.js';
import type { Server } from './server.js';
import type { RedisSettings } from '../settings.js';

/** How a server is reached, and who is told of it. */
export interface ServerOptions {
  readonly client: RedisClient;
  /** False for a client of the application, which is never closed here. */
  readonly isOwned: boolean;
  /** Host and port, without credentials; null where they are not known. */
  readonly address: string | null;
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly nowUs: () => number;
  /** In a cluster all keys of a call must be in one slot. */
  readonly isOneSlotPerCall: () => boolean;
  /** What proves that a server takes writes to keys that are its own. */
  readonly probeFor: (server: Server) => Operation;
  /** Is run on every new connection before it is used. */
  readonly prepare: (server: Server) => Promise<void>;
  /** Takes operations that another server must answer; false when the error is not about that. */
  readonly redirect: (operations: readonly PendingOperation[], error: unknown) => boolean;
  readonly onUp: () => void;
  readonly onDown: (failure: StoreUnavailableError) => void;
  readonly onCircuit: (from: CircuitState, to: CircuitState) => void;
}

/** What a topology does for its servers. */
export interface TopologyHooks extends Pick<
  ServerOptions,
  'isOneSlotPerCall' | 'prepare' | 'redirect' | 'onUp' | 'onDown' | 'isOwned'
> {
  /** A tag whose keys are a server's own; null when it has none. */
  readonly tagFor: (server: Server) => string | null;
}
