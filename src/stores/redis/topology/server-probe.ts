import type { Clock } from '../../../core/clock.js';
import { newProbe } from '../batching/pending-operation.js';
import type { ScriptQueue } from '../batching/script-queue.js';
import type { Backoff } from '../connection/backoff.js';
import type { Connection } from '../connection/connection.js';
import type { Operation } from '../protocol/operation.js';
import type { RedisSettings } from '../settings.js';
import type { Health } from './health.js';

/** A connection that is silent for so long although a reply is due is given up. */
const SILENCE_MS = 1_000;

export interface ServerProbeOptions {
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly probeOperation: () => Operation;
  readonly queue: ScriptQueue;
  readonly connection: Connection;
  readonly health: Health;
  readonly isUp: () => boolean;
}

/** Sends a probe to a server and reports the outcome to its health; false without a connection. */
export function sendProbe(options: ServerProbeOptions): boolean {
  const { settings, clock, backoff, probeOperation, queue, connection, health, isUp } = options;
  if (!isUp()) return false;
  // At the start, a busy process may be slow to read the reply of a healthy server.
  const { socketConnectTimeoutMs, decisionTimeoutMs } = settings;
  const timeoutMs = health.hasWaiters ? socketConnectTimeoutMs : decisionTimeoutMs;
  const pending = newProbe(probeOperation(), clock.nowMs() + timeoutMs, {
    onReply: ({ isInTime }) => {
      if (!isInTime) return;
      backoff.reset();
      health.probeSucceeded();
    },
    onFailure: (failure) => {
      if (!isUp()) return;
      health.probeFailed(failure);
      if (queue.isSilentFor(SILENCE_MS)) connection.renew();
    },
  });
  queue.submit(pending);
  return true;
}
