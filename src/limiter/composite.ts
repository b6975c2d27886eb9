import { checkKeys, checkOneOf, shown } from '../core/checked-values.js';
import type { CompositeDecision, Decision } from '../core/decision.js';
import { InvalidUsageError } from '../core/errors/index.js';
import type { BatchMode } from '../core/store.js';
import type { LimiterRequest } from './batch.js';

/** One limiter of a composite or a pipeline. */
export interface LimitRequest {
  /** The limiter's id. */
  readonly limiter: string;
  /** Left out: the bucket that all such callers share. */
  readonly identifier?: string | undefined;
  /** Whole units to take; default 1. */
  readonly cost?: number | undefined;
}

/** How the limits of a composite belong together. */
export interface ConsumeAllOptions {
  /**
   * `all` (default): passes when every limit does, and then takes from all; a refused call takes
   * from none. `any`: passes when one limit does, and takes from the first that does.
   */
  readonly strategy?: 'all' | 'any' | undefined;
}

/** The options of a call that gives none: they need no check. */
export const NO_OPTIONS: ConsumeAllOptions = Object.freeze({});

/**
 * The options of a composite. Throws `InvalidUsageError` for what callers without types may give: a
 * store would understand an unknown strategy in its own way, or not at all.
 */
export function checkedComposite(requests: unknown, options: ConsumeAllOptions): ConsumeAllOptions {
  if (!Array.isArray(requests)) {
    throw new InvalidUsageError(
      `a composite takes a list of requests, as in [{ limiter: "public" }], not ${shown(requests)}.`,
    );
  }
  if (options === NO_OPTIONS) return options;
  checkKeys('the options of consumeAll', options, ['strategy']);
  if (options.strategy !== undefined) {
    checkOneOf('the strategy of consumeAll', options.strategy, ['all', 'any']);
  }
  return options;
}

/**
 * Sums up decisions that were made together.
 *
 * The binding one speaks for all: when refused, a limit that the caller is really over comes before
 * a store that failed, then the longest wait; when allowed, the fewest units left, and a decision
 * of a store before one of a failure mode.
 */
export function compose(decisions: readonly Decision[], strategy: BatchMode): CompositeDecision {
  const [only] = decisions;
  if (only !== undefined && decisions.length === 1) {
    return { allowed: only.allowed, decisions, binding: only, deniedBy: denierOf(only) };
  }
  const passed = decisions.filter((decision) => decision.allowed);
  const allowed = strategy === 'any' ? passed.length > 0 : passed.length === decisions.length;
  const binding = allowed
    ? passed.reduce(strategy === 'any' ? firstTaken : fewerLeft)
    : decisions.filter((decision) => !decision.allowed).reduce(longerWait);
  return { allowed, decisions, binding, deniedBy: allowed ? null : binding.limiterId };
}

function denierOf({ allowed, limiterId }: Decision): string | null {
  return allowed ? null : limiterId;
}

function firstTaken(a: Decision): Decision {
  return a;
}

function fewerLeft(a: Decision, b: Decision): Decision {
  if (a.degraded !== b.degraded) return a.degraded ? b : a;
  return b.remaining < a.remaining ? b : a;
}

function longerWait(a: Decision, b: Decision): Decision {
  if (a.degraded !== b.degraded) return a.degraded ? b : a;
  return b.retryAfterMs > a.retryAfterMs ? b : a;
}

/** Asks without repetition, and for each original ask the position of the one that stands for it. */
export interface MergedRequests {
  readonly requests: readonly LimiterRequest[];
  readonly positions: readonly number[];
}

/**
 * Adds up the costs of asks for the same limiter and identifier. A store evaluates a batch before
 * it takes anything, so it must not meet the same counter twice.
 */
export function mergeRequests(asks: readonly LimiterRequest[]): MergedRequests {
  if (asks.length === 0) {
    throw new InvalidUsageError('a composite needs at least one limit: the list is empty.');
  }
  const merged: LimiterRequest[] = [];
  const find =
    asks.length > FEW ? rememberCounters() : (ask: LimiterRequest) => findCounter(merged, ask);
  const positions = asks.map((ask) => {
    const known = find(ask, merged.length);
    const same = merged[known];
    if (same === undefined) return merged.push(ask) - 1;
    const cost = Math.min(same.request.cost + ask.request.cost, Number.MAX_SAFE_INTEGER);
    merged[known] = { ...same, request: { ...same.request, cost } };
    return known;
  });
  return { requests: merged, positions };
}

/** So many asks are compared with each other faster than they are named. */
const FEW = 8;

function findCounter(
  merged: readonly LimiterRequest[],
  { limiter, request }: LimiterRequest,
): number {
  return merged.findIndex(
    (other) => other.limiter === limiter && other.request.identifier === request.identifier,
  );
}

/** Finds where an ask for the same counter is, or notes where this one will be. */
function rememberCounters(): (ask: LimiterRequest, next: number) => number {
  const positions = new Map<string, number>();
  return ({ request: { limiterId, identifier } }, next) => {
    // A limiter's id holds no line break.
    const counter = `${limiterId}\n${identifier}`;
    const known = positions.get(counter);
    if (known === undefined) positions.set(counter, next);
    return known ?? next;
  };
}
