import type { Clock } from '../../../core/clock.js';
import type { Connection } from '../connection/connection.js';
import type { FailureOrigin } from '../connection/failures.js';
import type { PendingOperation } from './pending-operation.js';
import type { ServerClock } from './server-clock.js';

/** What a queue is created with, and what it notifies. */
export interface ScriptQueueOptions {
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  readonly origin: FailureOrigin;
  readonly connection: Connection;
  readonly maxInFlight: number;
  /** The longest time that a healthy server takes to reply, in milliseconds. */
  readonly maxReplyMs: number;
  /** How long a connection may be silent while a reply is due, in milliseconds. */
  readonly maxSilenceMs: number;
  /** The time that limits are decided by, in microseconds; -1: the server's. */
  readonly nowUs: () => number;
  /** Whether all keys of a call must be in one hash slot. */
  readonly isOneSlotPerCall: () => boolean;
  /** A reply with a decision came within `maxReplyMs`, whether or not its callers still waited. */
  readonly onDecided: () => void;
  /** The deadlines of these operations have passed; that may be due to short timeouts. */
  readonly onLate: (operations: readonly PendingOperation[]) => void;
  /** This number of operations has waited for the server for longer than `maxReplyMs`. */
  readonly onOverdue: (operations: number) => void;
  /** A call failed as a whole. Some of its operations may have been settled by their deadline. */
  readonly onFailed: (operations: readonly PendingOperation[], error: unknown) => void;
  /** The connection was silent for `maxSilenceMs`. Repeated after each further `maxSilenceMs`. */
  readonly onSilent: () => void;
}
