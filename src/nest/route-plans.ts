import { isPromise, whenReady, type MaybePromise } from '../core/maybe-promise.js';
import { InvalidCostError } from '../core/errors.js';
import type { AdmissionRequest, RateSync, RegisteredLimiter } from '../runtime/rate-sync.js';
import { identifyBy, type IdentifyServices } from './identify.js';
import {
  ownRules,
  ownSkips,
  rulesOfClass,
  skipsOfClass,
  type Skipped,
} from './rate-limit.decorator.js';
import { sourcesOf, type FromContext, type RateLimitContext, type RateLimitRule } from './rules.js';

/** A handler or a controller, as Nest names them. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Nest's own type
type Target = Function;

/** Works out what one rule asks for a request; null when the limiter that it chose is skipped. */
export type ResolveRule = (context: RateLimitContext) => MaybePromise<AdmissionRequest | null>;

/** What is limited on a route, prepared once; null when nothing is. */
export type RoutePlan = readonly ResolveRule[] | null;

/** What is said when a cost that was worked out from a request cannot be one. */
export type OnInvalidCost = (limiterId: string, error: InvalidCostError) => void;

/** The plans of all routes, made when a route is first called. */
export class RoutePlans {
  readonly #rateSync: RateSync;
  readonly #services: IdentifyServices;
  readonly #defaults: readonly RateLimitRule[];
  readonly #onInvalidCost: OnInvalidCost;
  readonly #plans = new WeakMap<Target, WeakMap<Target, RoutePlan>>();

  constructor(
    rateSync: RateSync,
    services: IdentifyServices,
    defaults: readonly RateLimitRule[],
    onInvalidCost: OnInvalidCost,
  ) {
    this.#rateSync = rateSync;
    this.#services = services;
    this.#defaults = defaults;
    this.#onInvalidCost = onInvalidCost;
  }

  /** The plan of a route. One handler has a plan for each class that inherits it. */
  of(handler: Target, controller: Target): RoutePlan {
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

  #make(handler: Target, controller: Target): RoutePlan {
    const skipped = skippedOn(handler, controller);
    if (skipped === 'everything') return null;
    const rules = rulesOf(handler, controller, this.#defaults).filter(
      ({ limiter }) => typeof limiter !== 'string' || !skipped.includes(limiter),
    );
    return rules.length === 0 ? null : rules.map((rule) => this.#prepare(rule, skipped));
  }

  #prepare(rule: RateLimitRule, skipped: readonly string[]): ResolveRule {
    const { limiter: chosen } = rule;
    if (typeof chosen === 'string') return this.#resolver(rule, this.#rateSync.find(chosen));
    return (context) =>
      whenReady(chosen(context), (limiterId) => {
        if (skipped.includes(limiterId)) return null;
        return this.#resolver(rule, this.#rateSync.find(limiterId))(context);
      }) as MaybePromise<AdmissionRequest | null>;
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
      }) as MaybePromise<AdmissionRequest>;
  }

  /**
   * A cost that comes from a request is the sender's to choose: one that cannot be a cost counts 1,
   * so that it neither lifts the limit nor fails the request.
   */
  #checkedCost(limiterId: string, cost: unknown): number {
    if (typeof cost === 'number' && Number.isSafeInteger(cost) && cost >= 0) return cost;
    this.#onInvalidCost(limiterId, new InvalidCostError(limiterId, cost));
    return 1;
  }
}

/** Rules on a method replace those on its class; a route without any has the defaults. */
export function rulesOf(
  handler: Target,
  controller: Target,
  defaults: readonly RateLimitRule[],
): readonly RateLimitRule[] {
  return ownRules(handler) ?? rulesOfClass(controller) ?? defaults;
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
function skippedOn(handler: Target, controller: Target): Skipped {
  const onHandler = ownSkips(handler) ?? [];
  if (onHandler === 'everything' || ownRules(handler) !== undefined) return onHandler;
  const onClass = skipsOfClass(controller) ?? [];
  return onClass === 'everything' ? onClass : [...onHandler, ...onClass];
}
