export * from './configuration-error.js';
export { isRateSyncError, RateSyncError, type RateSyncErrorCode } from './rate-sync-error.js';
export * from './store-error.js';
export * from './unknown-limiter-error.js';
export * from './usage-errors.js';
