import { isDeepStrictEqual } from 'node:util';
import type { LimiterSettings, LoadedConfig } from '../config/index.js';
import { InvalidUsageError } from '../core/errors/index.js';
import type { LimiterRule } from '../limiter/limiter-rule.js';
import type { StoreLimiter } from '../limiter/store-limiter.js';
import type { LimiterSet, RegisteredLimiter } from '../limiter/limiter-set.js';

/**
 * The rules of a changed configuration for the existing limiters. Throws `InvalidUsageError`, which
 * lists every change that requires a restart. (A changed secret is not detected: secrets cannot be
 * compared.)
 */
export function rulesToAdopt(
  limiters: LimiterSet,
  current: LoadedConfig,
  config: LoadedConfig,
): readonly (readonly [StoreLimiter, LimiterRule])[] {
  const known = new Map([...limiters].map((registered) => [registered.limiter.id, registered]));
  const missing = new Set(known.keys());
  const restarts: string[] = [];
  if (!isDeepStrictEqual(config.stores, current.stores)) restarts.push('[stores] changed');
  if (!isDeepStrictEqual(config.http, current.http)) restarts.push('[http] changed');
  const rules: (readonly [StoreLimiter, LimiterRule])[] = [];
  for (const settings of config.limiters) {
    const registered = known.get(settings.id);
    missing.delete(settings.id);
    const reason = restartReason(settings, registered);
    if (reason !== null) restarts.push(`limiter "${settings.id}" ${reason}`);
    if (registered !== undefined) rules.push([registered.limiter, settings]);
  }
  for (const id of missing) restarts.push(`limiter "${id}" was removed`);
  if (restarts.length === 0) return rules;
  throw new InvalidUsageError(
    `a reload applies changed limits only; nothing was applied: ${restarts.join('; ')}. Restart instead.`,
  );
}

function restartReason(
  settings: LimiterSettings,
  registered: RegisteredLimiter | undefined,
): string | null {
  if (registered === undefined) return 'is new';
  if (registered.limiter.store.id !== settings.storeId) return 'has another store';
  const isSameSource = settings.identifyBy.join() === registered.identifyBy.join();
  return isSameSource ? null : 'has another identify_by';
}
