import { checkKeys, checkOneOf, shown } from '../../core/checked-values.js';
import { InvalidUsageError } from '../../core/errors/index.js';
import { isLimiterGuardClass } from '../guard/is-limiter-guard.js';
import type { RateSyncModuleExtras, RateSyncModuleOptions } from './options.js';

const OPTIONS = ['config', 'env', 'defaultLimiters', 'onStartupFailure', 'observers'];

const FLAGS = ['globalGuard', 'isGlobal'] as const;

const EXTRAS: readonly (keyof RateSyncModuleExtras)[] = [...FLAGS, 'guard'];

/**
 * Checks the options of callers without types. Throws `InvalidUsageError`: an unknown value
 * would count as the default.
 */
export function checkOptions(options: RateSyncModuleOptions): void {
  checkKeys('the options of RateSyncModule', options, OPTIONS);
  for (const key of EXTRAS) {
    if (!Object.hasOwn(options, key)) continue;
    throw new InvalidUsageError(
      `${key} is not an option that the factory returns: write it beside the factory, because Nest ` +
        'needs it before.',
    );
  }
  const { onStartupFailure, config } = options;
  if (onStartupFailure !== undefined) {
    checkOneOf('onStartupFailure', onStartupFailure, ['throw', 'degrade']);
  }
  if (config !== undefined && typeof config !== 'string' && !isObject(config)) {
    throw new InvalidUsageError(`config must be a path or an object, not ${shown(config)}.`);
  }
  for (const key of ['defaultLimiters', 'observers'] as const) checkList(key, options[key]);
  for (const observer of options.observers ?? []) {
    if (isObject(observer)) continue;
    throw new InvalidUsageError(`an observer must be an object, not ${shown(observer)}.`);
  }
}

/** Checks the settings of the import itself. Throws `InvalidUsageError`. */
export function checkExtras(extras: RateSyncModuleExtras): void {
  for (const key of FLAGS) {
    const value: unknown = extras[key];
    if (value === undefined || typeof value === 'boolean') continue;
    throw new InvalidUsageError(`${key} must be true or false, not ${shown(value)}.`);
  }
  const { guard }: { readonly guard?: unknown } = extras;
  if (guard === undefined || isLimiterGuardClass(guard)) return;
  throw new InvalidUsageError(
    `guard must be a class that extends RateLimitGuard, not ${shown(guard)}.`,
  );
}

function checkList(key: string, value: unknown): void {
  if (value === undefined || Array.isArray(value)) return;
  throw new InvalidUsageError(`${key} must be a list, not ${shown(value)}.`);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
