import { isPromise, whenReady, type MaybePromise } from '../../core/maybe-promise.js';
import { InvalidCostError } from '../../core/errors/index.js';
import type { AdmissionRequest, LimiterSet, RegisteredLimiter } from '../../limiter/limiter-set.js';
import {
  sourcesOf,
  type FromContext,
  type RateLimitContext,
  type RateLimitRule,
} from '../decorators/rules.js';
import type { Handler } from '../decorators/written-rules.js';
import { effectiveRules, type RuleSources } from './effective-rules.js';
import { identifyCaller, type IdentifyServices } from './identify-caller.js';

/** Resolves a rule for a call; null when the limiter that it chose is skipped. */
export type ResolveRule = (context: RateLimitContext) => MaybePromise<AdmissionRequest | null>;

/** The limits of a handler, prepared once; null for a handler without limits. */
export type RoutePlan = readonly ResolveRule[] | null;

/** Reports a cost that was computed from a call and is none. */
export type OnInvalidCost = (limiterId: string, error: InvalidCostError) => void;

/** What the plans of one transport are made of. */
export interface RoutePlanOptions {
  readonly limiters: LimiterSet;
  /** Null: the transport has no implementation, and its plans say only whether there are limits. */
  readonly services: IdentifyServices | null;
  readonly sources: RuleSources;
  readonly onInvalidCost: OnInvalidCost;
}

/** The plans of all handlers of one transport, each made when the handler is first called. */
export class RoutePlans {
  readonly #options: RoutePlanOptions;
  readonly #plans = new WeakMap<Handler, WeakMap<Handler, RoutePlan>>();

  constructor(options: RoutePlanOptions) {
    this.#options = options;
  }

  /** The plan of a handler, which has one for each class that inherits it. */
  of(handler: Handler, controller: Handler): RoutePlan {
    let plans = this.#plans.get(controller);
    if (plans === undefined) {
      plans = new WeakMap();
      this.#plans.set(controller, plans);
    }
    let plan = plans.get(handler);
    if (plan === undefined) {
      plan = this.#make(handler, controller);
      plans.set(handler, plan);
    }
    return plan;
  }

  #make(handler: Handler, controller: Handler): RoutePlan {
    const { services, sources } = this.#options;
    const { rules, skipped } = effectiveRules(handler, controller, sources);
    if (rules.length === 0) return null;
    return services === null ? [] : rules.map((rule) => this.#prepare(rule, skipped, services));
  }

  #prepare(
    rule: RateLimitRule,
    skipped: readonly string[],
    services: IdentifyServices,
  ): ResolveRule {
    const { limiter: chosen } = rule;
    const { limiters } = this.#options;
    if (typeof chosen === 'string') return this.#resolver(rule, limiters.find(chosen), services);
    return (context) =>
      whenReady(chosen(context), (limiterId) => {
        if (skipped.includes(limiterId)) return null;
        return this.#resolver(rule, limiters.find(limiterId), services)(context);
      });
  }

  #resolver(
    rule: RateLimitRule,
    { limiter, identifyBy }: RegisteredLimiter,
    services: IdentifyServices,
  ): ResolveRule {
    const identify = identifyCaller(sourcesOf(rule) ?? identifyBy, limiter.id, services);
    const { cost = 1 } = rule;
    if (typeof cost === 'number') {
      return (context) =>
        whenReady(identify(context), (identifier) => ({ limiter, identifier, cost }));
    }
    return (context) =>
      whenReady(computed(cost, context), (units) => {
        const checked = this.#checkedCost(limiter.id, units);
        return whenReady(identify(context), (identifier) => ({
          limiter,
          identifier,
          cost: checked,
        }));
      });
  }

  /**
   * The sender may control a cost that comes from a request: an invalid one counts 1, so that it
   * neither lifts the limit nor fails the request. A cost beyond the safe integers never fits.
   */
  #checkedCost(limiterId: string, cost: unknown): number {
    if (typeof cost === 'number' && Number.isSafeInteger(cost) && cost >= 0) return cost;
    if (typeof cost === 'number' && cost > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER;
    this.#options.onInvalidCost(limiterId, new InvalidCostError(limiterId, cost));
    return 1;
  }
}

/** A cost from a request; undefined when the function fails on it. */
function computed(cost: FromContext<number>, context: RateLimitContext): MaybePromise<unknown> {
  try {
    const units = cost(context);
    return isPromise(units) ? units.catch(() => undefined) : units;
  } catch {
    return undefined;
  }
}
