import { RateSyncError } from './rate-sync-error.js';

/** The turn of an `acquire` would not come, or did not come, within its timeout. */
export class AcquireTimeoutError extends RateSyncError {
  readonly limiterId: string;
  readonly timeoutMs: number;
  /** Milliseconds after which another attempt may pass at once. */
  readonly retryAfterMs: number;

  constructor(limiterId: string, timeoutMs: number, retryAfterMs: number) {
    super(
      'RATE_SYNC_ACQUIRE_TIMEOUT',
      `limiter "${limiterId}" has no turn within ${String(timeoutMs)} ms; the next may come in ` +
        `${String(retryAfterMs)} ms. Raise timeoutMs (or the limiter's timeout), or try later.`,
    );
    this.limiterId = limiterId;
    this.timeoutMs = timeoutMs;
    this.retryAfterMs = retryAfterMs;
  }
}

/** An `acquire` asked for more units than the limiter ever gives at once. */
export class CostExceedsLimitError extends RateSyncError {
  constructor(limiterId: string, cost: number, limit: number) {
    super(
      'RATE_SYNC_COST_EXCEEDS_LIMIT',
      `limiter "${limiterId}" gives at most ${String(limit)} units at once, so a cost of ` +
        `${String(cost)} can never pass. Split the work or raise the limit.`,
    );
  }
}

/** A limiter that only counts held slots was asked for units. */
export class LeaseRequiredError extends RateSyncError {
  constructor(limiterId: string) {
    super(
      'RATE_SYNC_LEASE_REQUIRED',
      `limiter "${limiterId}" limits only how many run at once. Use tryAcquire, acquire or run, ` +
        'which give a lease to release; consume would take a slot that nobody gives back.',
    );
  }
}

/** The lease of a slot ended although its holder runs: the reason of `lease.signal`. */
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

/** The library was used in a way that cannot work; the message says what to do instead. */
export class InvalidUsageError extends RateSyncError {
  constructor(message: string) {
    super('RATE_SYNC_INVALID_USAGE', message);
  }
}

/** The limiters were closed with their application. */
export class ClosedError extends RateSyncError {
  constructor() {
    super(
      'RATE_SYNC_CLOSED',
      'the limiters are closed, because their application shut down. Make sure that nothing ' +
        'waits for a turn after that; start the application again to use them.',
    );
  }
}

/** A cost for a message. Only numbers are shown: another value may be personal. */
function kindOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeNameOf(value);
}

function typeNameOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
