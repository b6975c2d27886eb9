import { checkKeys, checkOneOf, shown } from '../core/checked-values.js';
import type { CompositeDecision, Decision } from '../core/decision.js';
import { InvalidUsageError } from '../core/errors/index.js';
import type { BatchMode } from '../core/store.js';
import type { LimiterRequest } from './batch.js';

/** One limiter of a composite or a pipeline. */
export interface LimitRequest {
  /** The id of the limiter. */
  readonly limiter: string;
  /** Default: one bucket that all requests without an identifier share. */
  readonly identifier?: string | undefined;
  /** Whole units to take; default 1. */
  readonly cost?: number | undefined;
}

/** Options of `consumeAll`. */
export interface ConsumeAllOptions {
  /**
   * `all` (default): passes when every limit does, and takes from all; a denied call takes from none.
   * `any`: passes when one limit does, and takes from the first that does.
   */
  readonly strategy?: 'all' | 'any' | undefined;
}

/** The options of a call without options, which require no check. */
export const NO_OPTIONS: ConsumeAllOptions = Object.freeze({});

/**
 * The options of a composite. Throws `InvalidUsageError` for values that the types exclude, such as an
 * unknown strategy.
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
 * Combines the decisions of one call.
 *
 * The binding decision determines the result. Denied: an exceeded limit has precedence over a store that
 * failed, then the longest wait. Allowed: a decision of a store has precedence over one of a failure
 * mode, then the fewest units left.
 */
export function compose(decisions: readonly Decision[], strategy: BatchMode): CompositeDecision {
  const [only] = decisions;
  if (only !== undefined && decisions.length === 1) {
    return { allowed: only.allowed, decisions, binding: only, deniedBy: deniedByOf(only) };
  }
  const passed = decisions.filter((decision) => decision.allowed);
  const allowed = strategy === 'any' ? passed.length > 0 : passed.length === decisions.length;
  const binding = allowed
    ? passed.reduce(strategy === 'any' ? firstTaken : fewerLeft)
    : decisions.filter((decision) => !decision.allowed).reduce(longerWait);
  return { allowed, decisions, binding, deniedBy: allowed ? null : binding.limiterId };
}

function deniedByOf({ allowed, limiterId }: Decision): string | null {
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

/** Requests without repetition, and for each original request the position of its merged one. */
export interface MergedRequests {
  readonly requests: readonly LimiterRequest[];
  readonly positions: readonly number[];
}

/**
 * Adds up the costs of requests for the same limiter and identifier. A store evaluates a batch before
 * it commits, so a batch must not contain the same counter twice.
 */
export function mergeRequests(requests: readonly LimiterRequest[]): MergedRequests {
  if (requests.length === 0) {
    throw new InvalidUsageError('a composite needs at least one limit: the list is empty.');
  }
  const merged: LimiterRequest[] = [];
  const find =
    requests.length > FEW ? counterIndex() : (added: LimiterRequest) => findCounter(merged, added);
  const positions = requests.map((added) => {
    const known = find(added, merged.length);
    const same = merged[known];
    if (same === undefined) return merged.push(added) - 1;
    const cost = Math.min(same.request.cost + added.request.cost, Number.MAX_SAFE_INTEGER);
    merged[known] = { ...same, request: { ...same.request, cost } };
    return known;
  });
  return { requests: merged, positions };
}

/** Up to this number, comparing requests with each other is faster than indexing them. */
const FEW = 8;

function findCounter(
  merged: readonly LimiterRequest[],
  { limiter, request }: LimiterRequest,
): number {
  return merged.findIndex(
    (other) => other.limiter === limiter && other.request.identifier === request.identifier,
  );
}

/** Finds the position of a request for the same counter, or notes the position of a new one. */
function counterIndex(): (added: LimiterRequest, next: number) => number {
  const positions = new Map<string, number>();
  return ({ request: { limiterId, identifier } }, next) => {
    // The id of a limiter contains no line break.
    const counter = `${limiterId}\n${identifier}`;
    const known = positions.get(counter);
    if (known === undefined) positions.set(counter, next);
    return known ?? next;
  };
}
