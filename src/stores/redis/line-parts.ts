import type { Clock } from '../../core/clock.js';
import type { Connection } from './connection.js';
import type { Place } from './failures.js';
import type { Group } from './group.js';
import type { ServerClock } from './server-clock.js';

/** What a line is made of, and who is told of it. */
export interface LineParts {
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  readonly place: Place;
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
  readonly onLate: (groups: readonly Group[]) => void;
  /** So many groups have waited for the server for longer than `maxReplyMs`. */
  readonly onOverdue: (groups: number) => void;
  /** A call failed as a whole. Some of its groups may have been answered by their deadline. */
  readonly onFailed: (groups: readonly Group[], error: unknown) => void;
  /** Nothing came for `maxSilenceMs`. Told again after as much time again. */
  readonly onSilent: () => void;
}
