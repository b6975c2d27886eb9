export * from './configuration-error.js';
export { isRateSyncError, RateSyncError, type RateSyncErrorCode } from './rate-sync-error.js';
export * from './store-unavailable-error.js';
export * from './type-guards.js';
export * from './unknown-limiter-error.js';
export * from './usage-errors.js';
