import { RateLimitGuard } from './rate-limit.guard.js';

/** Whether this is the guard of this package or one that extends it, as an instance or a class. */
export function isLimiterGuard(guard: unknown): boolean {
  return guard instanceof RateLimitGuard || isLimiterGuardClass(guard);
}

/** Whether this is the class of such a guard. */
export function isLimiterGuardClass(guard: unknown): guard is typeof RateLimitGuard {
  if (guard === RateLimitGuard) return true;
  return typeof guard === 'function' && guard.prototype instanceof RateLimitGuard;
}
