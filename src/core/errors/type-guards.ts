import type { ConfigurationError } from './configuration-error.js';
import { codeOf, type RateSyncError } from './rate-sync-error.js';
import type { StoreUnavailableError } from './store-unavailable-error.js';
import type { LimiterNotFoundError, UnknownLimitersError } from './unknown-limiter-error.js';
import type {
  AcquireTimeoutError,
  ClosedError,
  CostExceedsLimitError,
  InvalidCostError,
  InvalidIdentifierError,
  InvalidUsageError,
  LeaseEndedError,
  LeaseRequiredError,
} from './usage-errors.js';

/** True for a `ConfigurationError`. */
export const isConfigurationError = guardFor<ConfigurationError>('RATE_SYNC_INVALID_CONFIG');

/** True when a limiter does not exist: a `LimiterNotFoundError` or an `UnknownLimitersError`. */
export const isLimiterNotFoundError = guardFor<LimiterNotFoundError | UnknownLimitersError>(
  'RATE_SYNC_UNKNOWN_LIMITER',
);

/** True for a `StoreUnavailableError`. */
export const isStoreUnavailableError = guardFor<StoreUnavailableError>(
  'RATE_SYNC_STORE_UNAVAILABLE',
);

/** True for an `AcquireTimeoutError`. */
export const isAcquireTimeoutError = guardFor<AcquireTimeoutError>('RATE_SYNC_ACQUIRE_TIMEOUT');

/** True for a `CostExceedsLimitError`. */
export const isCostExceedsLimitError = guardFor<CostExceedsLimitError>(
  'RATE_SYNC_COST_EXCEEDS_LIMIT',
);

/** True for a `LeaseRequiredError`. */
export const isLeaseRequiredError = guardFor<LeaseRequiredError>('RATE_SYNC_LEASE_REQUIRED');

/** True for a `LeaseEndedError`, the reason of an aborted `lease.signal`. */
export const isLeaseEndedError = guardFor<LeaseEndedError>('RATE_SYNC_LEASE_ENDED');

/** True for an `InvalidCostError`. */
export const isInvalidCostError = guardFor<InvalidCostError>('RATE_SYNC_INVALID_COST');

/** True for an `InvalidIdentifierError`. */
export const isInvalidIdentifierError = guardFor<InvalidIdentifierError>(
  'RATE_SYNC_INVALID_IDENTIFIER',
);

/** True for an `InvalidUsageError`. */
export const isInvalidUsageError = guardFor<InvalidUsageError>('RATE_SYNC_INVALID_USAGE');

/** True for a `ClosedError`. */
export const isClosedError = guardFor<ClosedError>('RATE_SYNC_CLOSED');

/** Recognises an error by its code, so that errors of another copy of the package match, too. */
function guardFor<E extends RateSyncError>(code: E['code']): (error: unknown) => error is E {
  return (error): error is E => codeOf(error) === code;
}
