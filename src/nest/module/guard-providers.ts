import { Logger } from '@nestjs/common';
import type { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { RateSync } from '../../runtime/rate-sync.js';
import { toRule } from '../decorators/rules.js';
import { FallbackWarnings } from '../guard/fallback-warnings.js';
import { GuardServices } from '../guard/guard-services.js';
import type { HandlerRules } from '../guard/handler-rules.js';
import { isLimiterGuard } from '../guard/is-limiter-guard.js';
import { RoutePlans, type OnInvalidCost } from '../guard/route-plans.js';
import { WarnOnce } from '../guard/warn-once.js';
import { BUILT_IN_TRANSPORTS } from '../transports/built-in-transports.js';
import type { RateLimitTransport } from '../transports/transport.js';
import { classesIn } from './application-classes.js';
import { bindHandlerEnd } from './bind-handler-end.js';
import type { RateSyncModuleOptions } from './options.js';

const logger = new Logger('RateSync');

function warn(message: string): void {
  logger.warn(message);
}

/** The transports of an application. */
export function openTransports(
  { http }: RateSync,
  adapterHost: HttpAdapterHost,
): readonly RateLimitTransport[] {
  const services = { http, adapterHost, warn, warnings: new WarnOnce(warn), isLimiterGuard };
  return BUILT_IN_TRANSPORTS.map((transport) => transport.open(services));
}

/** What the guards of an application share. Binds the interceptor of handlers with slots, too. */
export function makeGuardServices(
  rateSync: RateSync,
  options: RateSyncModuleOptions,
  handlers: HandlerRules,
  transports: readonly RateLimitTransport[],
  modules: ModulesContainer,
): GuardServices {
  const defaults = (options.defaultLimiters ?? []).map(toRule);
  bindHandlerEnd(classesIn(modules).hosts, rateSync.listLimiters(), { handlers, defaults });
  const { limiters } = rateSync;
  const fallbackWarnings = new WarnOnce(warn);
  const onInvalidCost = invalidCostWarnings();
  return new GuardServices(limiters, transports, (transport) => {
    const sources = { handlers, defaults: transport?.hasDefaultRules === true ? defaults : [] };
    if (transport === null)
      return new RoutePlans({ limiters, services: null, sources, onInvalidCost });
    const fallbacks = new FallbackWarnings(fallbackWarnings, transport);
    const services = { transport, fallbacks };
    return new RoutePlans({ limiters, services, sources, onInvalidCost });
  });
}

function invalidCostWarnings(): OnInvalidCost {
  const warnings = new WarnOnce(warn);
  return (limiterId, error) => {
    warnings.about(
      limiterId,
      () => `${error.message} The request counted 1. Logged once per limiter.`,
    );
  };
}
