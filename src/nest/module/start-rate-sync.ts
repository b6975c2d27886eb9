import { Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { Clock } from '../../core/clock.js';
import { describeProblem, isStoreUnavailableError } from '../../core/errors/index.js';
import { DecisionLog } from '../../observability/decision-log.js';
import { createRateSync } from '../../runtime/create-rate-sync.js';
import type { OpenStore } from '../../runtime/open-store.js';
import type { RateSync } from '../../runtime/rate-sync.js';
import { classesIn } from './application-classes.js';
import { checkOptions } from './checked-options.js';
import { warnOfDroppedRules } from '../guard/warn-of-dropped-rules.js';
import type { HandlerRules } from '../guard/handler-rules.js';
import { checkLimiterNames } from './check-limiter-names.js';
import { assertSingleRuntime } from './single-runtime.js';
import type { RateSyncModuleOptions } from './options.js';
import { toRule } from '../decorators/rules.js';

const logger = new Logger('RateSync');

function warn(message: string): void {
  logger.warn(message);
}

/**
 * Makes the runtime of an application. Everything that can stop the start happens here, while Nest
 * makes its providers: messages and documents of the API may come before any life-cycle hook.
 */
export async function startRateSync(
  options: RateSyncModuleOptions,
  open: OpenStore,
  clock: Clock,
  modules: ModulesContainer,
  handlers: HandlerRules,
): Promise<RateSync> {
  assertSingleRuntime(modules);
  checkOptions(options);
  const defaults = (options.defaultLimiters ?? []).map(toRule);
  const { config, env, observers = [] } = options;
  const rateSync = await createRateSync({ config, env, observers, openStore: open, clock });
  try {
    rateSync.observe(new DecisionLog(rateSync.logging, logger, clock));
    for (const warning of rateSync.warnings) warn(`configuration: ${describeProblem(warning)}`);
    const known = rateSync.listLimiters().map(({ id }) => id);
    const classes = classesIn(modules);
    checkLimiterNames({ ...classes, handlers, defaults }, known);
    warnOfDroppedRules(classes.hosts, handlers, warn);
    await checkStores(rateSync, options);
  } catch (error) {
    await rateSync.close();
    throw error;
  }
  warnOfMemoryInProduction(rateSync, options);
  return rateSync;
}

async function checkStores(
  rateSync: RateSync,
  { onStartupFailure }: RateSyncModuleOptions,
): Promise<void> {
  try {
    await rateSync.check();
  } catch (error) {
    if (onStartupFailure !== 'degrade' || !isStoreUnavailableError(error)) throw error;
    logger.error(error.message);
  }
}

function warnOfMemoryInProduction(rateSync: RateSync, options: RateSyncModuleOptions): void {
  const env = options.env ?? process.env;
  const local = rateSync.listStores().filter(({ strategy }) => strategy === 'memory');
  if (env['NODE_ENV'] !== 'production' || local.length === 0) return;
  logger.warn(
    `NODE_ENV is production and these stores are in process memory: ` +
      `${local.map(({ id }) => id).join(', ')}. Each instance counts for itself, and a restart ` +
      'forgets all counts.',
  );
}
