import { checkFunction, checkKeys, checkObject } from '../core/checked-values.js';
import { InvalidUsageError } from '../core/errors/index.js';
import type { AcquireOptions, CostOptions } from './limiter.js';

const ACQUIRE_OPTIONS = ['cost', 'timeoutMs', 'signal'];

/** The cost in the options. Throws `InvalidUsageError` for a cost that is passed as the options. */
export function costIn(options: CostOptions): number {
  checkObject('options', options);
  return options.cost === undefined ? 1 : options.cost;
}

/** Checks the options of `acquire`. Throws `InvalidUsageError`. */
export function checkAcquireOptions(options: AcquireOptions): void {
  checkKeys('the options of acquire', options, ACQUIRE_OPTIONS);
  const { signal } = options;
  if (signal === undefined || typeof signal.throwIfAborted === 'function') return;
  throw new InvalidUsageError('signal must be an AbortSignal.');
}

/** Checks the function of `run`. Throws `InvalidUsageError`. */
export function checkRunnable(fn: unknown): void {
  checkFunction('the second argument of run', fn);
}
