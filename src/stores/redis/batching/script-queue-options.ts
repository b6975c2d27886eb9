import type { Clock } from '../../../core/clock.js';
import type { Connection } from '../connection/connection.js';
import type { FailureOrigin } from '../connection/failures.js';
import type { PendingOperation } from './pending-operation.js';
import type { ServerClock } from './server-clock.js';

/** What a line is made of, and who is told of it. */
export interface ScriptQueueOptions {
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  readonly origin: FailureOrigin;
  readonly connection: Connection;
  readonly maxInFlight: number;
  /** How long a healthy server takes at most to reply, in milliseconds. */
  readonly maxReplyMs: number;
  /** How long a reply may be due with nothing coming at all, in milliseconds. */
  readonly maxSilenceMs: number;
  /** The time that limits are decided by, in microseconds; -1: the server's. */
  readonly nowUs: () => number;
  /** In a cluster all keys of a call must be in one slot. */
  readonly isOneSlotPerCall: () => boolean;
  /** A reply with a decision came within `maxReplyMs`, whether or not its callers still waited. */
  readonly onAnswered: () => void;
  /** The time of these callers is up. Says nothing of the server: they may be impatient. */
  readonly onLate: (operations: readonly PendingOperation[]) => void;
  /** So many operations have waited for the server for longer than `maxReplyMs`. */
  readonly onOverdue: (operations: number) => void;
  /** A call failed as a whole. Some of its operations may have been answered by their deadline. */
  readonly onFailed: (operations: readonly PendingOperation[], error: unknown) => void;
  /** Nothing came for `maxSilenceMs`. Told again after as much time again. */
  readonly onSilent: () => void;
}
