/** The stable codes of this package's errors; each has an entry in `docs/errors.md`. */
export type RateSyncErrorCode =
  | 'RATE_SYNC_INVALID_CONFIG'
  | 'RATE_SYNC_UNKNOWN_LIMITER'
  | 'RATE_SYNC_STORE_UNAVAILABLE'
  | 'RATE_SYNC_ACQUIRE_TIMEOUT'
  | 'RATE_SYNC_COST_EXCEEDS_LIMIT'
  | 'RATE_SYNC_LEASE_REQUIRED'
  | 'RATE_SYNC_LEASE_ENDED'
  | 'RATE_SYNC_INVALID_COST'
  | 'RATE_SYNC_INVALID_IDENTIFIER'
  | 'RATE_SYNC_INVALID_USAGE'
  | 'RATE_SYNC_CLOSED';

/** The base of every error that this package throws. */
export class RateSyncError extends Error {
  readonly code: RateSyncErrorCode;

  constructor(code: RateSyncErrorCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** True for every error of this package, including errors of another copy of the package. */
export function isRateSyncError(error: unknown): error is RateSyncError {
  return codeOf(error)?.startsWith('RATE_SYNC_') ?? false;
}

/** The code of an error, including errors of another copy of the package; null without one. */
export function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
