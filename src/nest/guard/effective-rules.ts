import type { RateLimitRule } from '../decorators/rules.js';
import type { Handler, Skipped, Written } from '../decorators/written-rules.js';
import { writtenOnClass, type HandlerRules } from './handler-rules.js';

/** Where the rules of handlers come from. */
export interface RuleSources {
  readonly handlers: HandlerRules;
  /** The rules of handlers without any of their own. */
  readonly defaults: readonly RateLimitRule[];
}

/** The rules of a handler, and the limiters that it skips when a function chooses them. */
export interface EffectiveRules {
  readonly rules: readonly RateLimitRule[];
  readonly skipped: readonly string[];
}

/** Rules on a method replace those on its class; a handler without any has the defaults. */
export function effectiveRules(
  handler: Handler,
  controller: Handler,
  { handlers, defaults }: RuleSources,
): EffectiveRules {
  const onHandler = handlers.of(handler, controller);
  const onClass = writtenOnClass(controller);
  const skipped = skippedOn(onHandler, onClass);
  if (skipped === 'everything') return { rules: [], skipped: [] };
  const rules = (onHandler.rules ?? onClass.rules ?? defaults).filter(
    ({ limiter }) => typeof limiter !== 'string' || !skipped.includes(limiter),
  );
  return { rules, skipped };
}

/** A limiter that a method names is not skipped by its class. */
function skippedOn(onHandler: Written, onClass: Written): Skipped {
  const skips = onHandler.skips ?? [];
  if (skips === 'everything' || onHandler.rules !== null) return skips;
  if (onClass.skips === 'everything') return 'everything';
  return [...skips, ...(onClass.skips ?? [])];
}
