import { isPromise, whenReady, type MaybePromise } from '../../core/maybe-promise.js';
import { InvalidCostError } from '../../core/errors/index.js';
import type { LimiterPolicy } from '../../core/policy.js';
import type { AdmissionRequest, RegisteredLimiter } from '../../limiter/limiter-set.js';
import type { RateSync } from '../../runtime/rate-sync.js';
import { identifyBy, type IdentifyServices } from './identify-caller.js';
import { writtenOnClass, type HandlerRules } from './handler-rules.js';
import {
  sourcesOf,
  type FromContext,
  type RateLimitContext,
  type RateLimitRule,
} from '../decorators/rules.js';
import type { Handler, Skipped, Written } from '../decorators/written-rules.js';

/** Works out what one rule asks for a request; null when the limiter that it chose is skipped. */
export type ResolveRule = (context: RateLimitContext) => MaybePromise<AdmissionRequest | null>;

/** What is limited on a route, prepared once; null when nothing is. */
export type RoutePlan = readonly ResolveRule[] | null;

/** What is said when a cost that was worked out from a request cannot be one. */
export type OnInvalidCost = (limiterId: string, error: InvalidCostError) => void;

/** Where the rules of routes come from. */
export interface RuleSources {
  readonly handlers: HandlerRules;
  readonly defaults: readonly RateLimitRule[];
}

/** The rules of a handler, and the limiters that it skips when a function chooses them. */
interface EffectiveRules {
  readonly rules: readonly RateLimitRule[];
  readonly skipped: readonly string[];
}

type PlanCache = WeakMap<Handler, WeakMap<Handler, RoutePlan>>;

/** The plans of all routes, made when a route is first called. */
export class RoutePlans {
  readonly #rateSync: RateSync;
  readonly #services: IdentifyServices;
  readonly #sources: RuleSources;
  readonly #onInvalidCost: OnInvalidCost;
  readonly #plans: PlanCache = new WeakMap();
  readonly #ownPlans: PlanCache = new WeakMap();

  constructor(
    rateSync: RateSync,
    services: IdentifyServices,
    sources: RuleSources,
    onInvalidCost: OnInvalidCost,
  ) {
    this.#rateSync = rateSync;
    this.#services = services;
    this.#sources = sources;
    this.#onInvalidCost = onInvalidCost;
  }

  /** The plan of a route. One handler has a plan for each class that inherits it. */
  of(handler: Handler, controller: Handler): RoutePlan {
    return cached(this.#plans, handler, controller, () =>
      this.#make(handler, controller, this.#sources.defaults),
    );
  }

  /** The plan of a handler of another transport than HTTP: default rules are for routes. */
  ownOf(handler: Handler, controller: Handler): RoutePlan {
    return cached(this.#ownPlans, handler, controller, () => this.#make(handler, controller, []));
  }

  /** Whether a request of a route may hold slots, as far as the configuration says now. */
  takesSlots(handler: Handler, controller: Handler): boolean {
    const withSlots = this.#rateSync.listLimiters().filter(({ policy }) => hasSlots(policy));
    if (withSlots.length === 0) return false;
    const { rules } = this.#rulesFor(handler, controller, this.#sources.defaults);
    return rules.some(
      ({ limiter }) => typeof limiter !== 'string' || withSlots.some(({ id }) => id === limiter),
    );
  }

  #make(handler: Handler, controller: Handler, defaults: readonly RateLimitRule[]): RoutePlan {
    const { rules, skipped } = this.#rulesFor(handler, controller, defaults);
    return rules.length === 0 ? null : rules.map((rule) => this.#prepare(rule, skipped));
  }

  /** Rules on a method replace those on its class; a route without any has the defaults. */
  #rulesFor(
    handler: Handler,
    controller: Handler,
    defaults: readonly RateLimitRule[],
  ): EffectiveRules {
    const onHandler = this.#sources.handlers.of(handler, controller);
    const onClass = writtenOnClass(controller);
    const skipped = skippedOn(onHandler, onClass);
    if (skipped === 'everything') return { rules: [], skipped: [] };
    const rules = (onHandler.rules ?? onClass.rules ?? defaults).filter(
      ({ limiter }) => typeof limiter !== 'string' || !skipped.includes(limiter),
    );
    return { rules, skipped };
  }

  #prepare(rule: RateLimitRule, skipped: readonly string[]): ResolveRule {
    const { limiter: chosen } = rule;
    if (typeof chosen === 'string')
      return this.#resolver(rule, this.#rateSync.limiters.find(chosen));
    return (context) =>
      whenReady(chosen(context), (limiterId) => {
        if (skipped.includes(limiterId)) return null;
        return this.#resolver(rule, this.#rateSync.limiters.find(limiterId))(context);
      });
  }

  #resolver(rule: RateLimitRule, { limiter, identifyBy: usual }: RegisteredLimiter): ResolveRule {
    const identify = identifyBy(sourcesOf(rule) ?? usual, limiter.id, this.#services);
    const { cost = 1 } = rule;
    if (typeof cost === 'number') {
      return (context) =>
        whenReady(identify(context), (identifier) => ({ limiter, identifier, cost }));
    }
    return (context) =>
      whenReady(workedOut(cost, context), (units) => {
        const checked = this.#checkedCost(limiter.id, units);
        return whenReady(identify(context), (identifier) => ({
          limiter,
          identifier,
          cost: checked,
        }));
      });
  }

  /**
   * A cost that comes from a request is the sender's to choose: one that cannot be a cost counts 1,
   * so that it neither lifts the limit nor fails the request. One beyond all whole numbers that can
   * be counted with is more than ever fits.
   */
  #checkedCost(limiterId: string, cost: unknown): number {
    if (typeof cost === 'number' && Number.isSafeInteger(cost) && cost >= 0) return cost;
    if (typeof cost === 'number' && cost > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER;
    this.#onInvalidCost(limiterId, new InvalidCostError(limiterId, cost));
    return 1;
  }
}

function cached(
  cache: PlanCache,
  handler: Handler,
  controller: Handler,
  make: () => RoutePlan,
): RoutePlan {
  let plans = cache.get(controller);
  if (plans === undefined) {
    plans = new WeakMap();
    cache.set(controller, plans);
  }
  let plan = plans.get(handler);
  if (plan === undefined) {
    plan = make();
    plans.set(handler, plan);
  }
  return plan;
}

function hasSlots({ concurrency }: LimiterPolicy): boolean {
  return concurrency !== undefined;
}

/** A cost from a request, or nothing when the function fails on it. */
function workedOut(cost: FromContext<number>, context: RateLimitContext): MaybePromise<unknown> {
  try {
    const units = cost(context);
    return isPromise(units) ? units.catch(() => undefined) : units;
  } catch {
    return undefined;
  }
}

/** What a method names, its class does not skip. */
function skippedOn(onHandler: Written, onClass: Written): Skipped {
  const skips = onHandler.skips ?? [];
  if (skips === 'everything' || onHandler.rules !== null) return skips;
  if (onClass.skips === 'everything') return 'everything';
  return [...skips, ...(onClass.skips ?? [])];
}
