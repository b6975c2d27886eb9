import { RateSyncError } from './rate-sync-error.js';

/** An `acquire` cannot be served within its timeout, or was not. */
export class AcquireTimeoutError extends RateSyncError {
  readonly limiterId: string;
  readonly timeoutMs: number;
  /** Milliseconds until another attempt may pass at once. */
  readonly retryAfterMs: number;

  constructor(limiterId: string, timeoutMs: number, retryAfterMs: number) {
    super(
      'RATE_SYNC_ACQUIRE_TIMEOUT',
      `limiter "${limiterId}": acquire timed out after ${String(timeoutMs)} ms; next permit in about ` +
        `${String(retryAfterMs)} ms. Raise timeoutMs (or the limiter's timeout), or try later.`,
    );
    this.limiterId = limiterId;
    this.timeoutMs = timeoutMs;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The cost of an `acquire` is above the most units that the limiter allows at once. */
export class CostExceedsLimitError extends RateSyncError {
  constructor(limiterId: string, cost: number, limit: number) {
    super(
      'RATE_SYNC_COST_EXCEEDS_LIMIT',
      `limiter "${limiterId}" allows at most ${String(limit)} units at once, so a cost of ` +
        `${String(cost)} can never pass. Split the work or raise the limit.`,
    );
  }
}

/** Units were requested from a limiter that limits concurrency only. */
export class LeaseRequiredError extends RateSyncError {
  constructor(limiterId: string) {
    super(
      'RATE_SYNC_LEASE_REQUIRED',
      `limiter "${limiterId}" limits concurrency only. Use tryAcquire, acquire or run, which return ` +
        'a lease to release; consume would hold a slot that is never released.',
    );
  }
}

/** The lease of a slot ended while its holder was running: the reason of `lease.signal`. */
export class LeaseEndedError extends RateSyncError {
  readonly limiterId: string;

  constructor(limiterId: string) {
    super(
      'RATE_SYNC_LEASE_ENDED',
      `a lease of limiter "${limiterId}" ended before it was released: it was not renewed in time, ` +
        'or the identifier was reset. Another holder may have its slot: stop the work. Raise ' +
        'lease_seconds if this recurs.',
    );
    this.limiterId = limiterId;
  }
}

/** A cost is not a whole number of units, 0 or more. */
export class InvalidCostError extends RateSyncError {
  constructor(limiterId: string, cost: unknown) {
    super(
      'RATE_SYNC_INVALID_COST',
      `the cost for limiter "${limiterId}" must be a whole number, 0 or more, not ${kindOf(cost)}.`,
    );
  }
}

/** An identifier is not a string. */
export class InvalidIdentifierError extends RateSyncError {
  constructor(limiterId: string, identifier: unknown) {
    super(
      'RATE_SYNC_INVALID_IDENTIFIER',
      `the identifier for limiter "${limiterId}" must be a string, not ${typeNameOf(identifier)}. ` +
        'Convert it (String(id)), or leave it out to share one bucket.',
    );
  }
}

/** The library was used in a way that cannot work; the message contains the correct usage. */
export class InvalidUsageError extends RateSyncError {
  constructor(message: string) {
    super('RATE_SYNC_INVALID_USAGE', message);
  }
}

/** The limiters are closed because their application shut down. */
export class ClosedError extends RateSyncError {
  constructor() {
    super(
      'RATE_SYNC_CLOSED',
      'the limiters are closed because their application shut down. Make sure that no call waits ' +
        'for a permit during shutdown; start the application again to use them.',
    );
  }
}

/** A cost for a message. Only numbers are shown: other values may be personal. */
function kindOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeNameOf(value);
}

function typeNameOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
