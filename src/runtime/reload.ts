import { isDeepStrictEqual } from 'node:util';
import type { LimiterSettings, LoadedConfig } from '../config/index.js';
import { InvalidUsageError } from '../core/errors/index.js';
import type { LimiterRule } from '../limiter/limiter-rule.js';
import type { StoreLimiter } from '../limiter/store-limiter.js';
import type { LimiterSet, RegisteredLimiter } from '../limiter/limiter-set.js';

/**
 * The rules that a changed configuration gives to the limiters that are there. Throws
 * `InvalidUsageError`, which lists every change that only a restart can make. (A secret that changed
 * is not noticed: secrets do not show themselves.)
 */
export function rulesToAdopt(
  limiters: LimiterSet,
  current: LoadedConfig,
  config: LoadedConfig,
): readonly (readonly [StoreLimiter, LimiterRule])[] {
  const known = new Map([...limiters].map((registered) => [registered.limiter.id, registered]));
  const missing = new Set(known.keys());
  const obstacles: string[] = [];
  if (!isDeepStrictEqual(config.stores, current.stores)) obstacles.push('[stores] changed');
  if (!isDeepStrictEqual(config.http, current.http)) obstacles.push('[http] changed');
  const rules: (readonly [StoreLimiter, LimiterRule])[] = [];
  for (const settings of config.limiters) {
    const registered = known.get(settings.id);
    missing.delete(settings.id);
    const obstacle = obstacleTo(settings, registered);
    if (obstacle !== null) obstacles.push(`limiter "${settings.id}" ${obstacle}`);
    if (registered !== undefined) rules.push([registered.limiter, settings]);
  }
  for (const id of missing) obstacles.push(`limiter "${id}" was removed`);
  if (obstacles.length === 0) return rules;
  throw new InvalidUsageError(
    `a reload changes limits only, and nothing was changed: ${obstacles.join('; ')}. Restart instead.`,
  );
}

function obstacleTo(
  settings: LimiterSettings,
  registered: RegisteredLimiter | undefined,
): string | null {
  if (registered === undefined) return 'is new';
  if (registered.limiter.store.id !== settings.storeId) return 'has another store';
  const isSameSource = settings.identifyBy.join() === registered.identifyBy.join();
  return isSameSource ? null : 'has another identify_by';
}
