import { didYouMean } from './nearest.js';

/** The stable codes of this package's errors; each has an entry in `docs/errors.md`. */
export type RateSyncErrorCode =
  | 'RATE_SYNC_INVALID_CONFIG'
  | 'RATE_SYNC_UNKNOWN_LIMITER'
  | 'RATE_SYNC_STORE_UNAVAILABLE'
  | 'RATE_SYNC_STORE_NOT_BUILT'
  | 'RATE_SYNC_ACQUIRE_TIMEOUT'
  | 'RATE_SYNC_COST_EXCEEDS_LIMIT'
  | 'RATE_SYNC_LEASE_REQUIRED'
  | 'RATE_SYNC_INVALID_COST'
  | 'RATE_SYNC_INVALID_IDENTIFIER'
  | 'RATE_SYNC_INVALID_USAGE'
  | 'RATE_SYNC_CLOSED';

/** The base of every error that this package throws. */
export class RateSyncError extends Error {
  readonly code: RateSyncErrorCode;

  constructor(code: RateSyncErrorCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** Where in the configuration, as in `limiters.login_ip.window_seconds`; empty for the whole. */
  readonly path: string;
  /** Line in the file, from 1; null when there is no file or no such line. */
  readonly line: number | null;
  /** What was expected and what to do. Never holds a value that may be a secret. */
  readonly message: string;
}

/** The configuration cannot be used. Lists everything that is wrong with it. */
export class ConfigurationError extends RateSyncError {
  readonly problems: readonly ConfigProblem[];
  /** The file, or null when the configuration was an object. */
  readonly source: string | null;

  constructor(problems: readonly ConfigProblem[], source: string | null) {
    super('RATE_SYNC_INVALID_CONFIG', describeProblems(problems, source));
    this.problems = problems;
    this.source = source;
  }
}

function describeProblems(problems: readonly ConfigProblem[], source: string | null): string {
  const where = source ?? 'the configuration object';
  const count = problems.length === 1 ? '1 problem' : `${String(problems.length)} problems`;
  const lines = problems.map(({ path, line, message }) => {
    const at = line === null ? '' : ` (line ${String(line)})`;
    return path === '' ? `  -${at} ${message}` : `  - ${path}${at}: ${message}`;
  });
  return [`${count} in ${where}`, ...lines].join('\n');
}

/** No limiter has this name. */
export class LimiterNotFoundError extends RateSyncError {
  readonly limiterId: string;

  constructor(limiterId: string, known: readonly string[]) {
    super(
      'RATE_SYNC_UNKNOWN_LIMITER',
      `no limiter is called ${JSON.stringify(limiterId)}. Known: ${listed(known)}.` +
        didYouMean(limiterId, known),
    );
    this.limiterId = limiterId;
  }
}

/** Where a limiter is named in an application. */
export interface LimiterUse {
  readonly limiterId: string;
  /** A class, a method (`AuthController.login`) or an option. */
  readonly where: string;
}

/** The application names limiters that do not exist. Lists all of them, and where. */
export class UnknownLimitersError extends RateSyncError {
  readonly uses: readonly LimiterUse[];

  constructor(uses: readonly LimiterUse[], known: readonly string[]) {
    const lines = uses.map(
      ({ limiterId, where }) =>
        `  - ${where} names ${JSON.stringify(limiterId)}.${didYouMean(limiterId, known)}`,
    );
    super(
      'RATE_SYNC_UNKNOWN_LIMITER',
      `no such limiter. Known: ${listed(known)}.\n${lines.join('\n')}`,
    );
    this.uses = uses;
  }
}

/** Why a store could not answer, in one word. */
export type StoreFailureKind =
  | 'timeout'
  | 'connection'
  | 'auth'
  | 'tls'
  | 'oom'
  | 'readonly'
  | 'loading'
  | 'busy'
  | 'misconf'
  | 'noperm'
  | 'cluster_down'
  | 'overload'
  | 'circuit_open'
  | 'data'
  | 'unknown';

/** What is known of a store that could not answer. */
export interface StoreFailure {
  readonly store: string;
  readonly kind: StoreFailureKind;
  /** The server's or the system's error code (`ECONNREFUSED`, `OOM`), if there was one. */
  readonly code?: string | null;
  /** Host and port, without credentials. */
  readonly address?: string | null;
}

/**
 * A store could not answer. Carries no foreign error object: those hold commands, and with them
 * passwords and identifiers.
 */
export class StoreUnavailableError extends RateSyncError {
  readonly store: string;
  readonly kind: StoreFailureKind;
  readonly failureCode: string | null;
  readonly address: string | null;

  constructor({ store, kind, code = null, address = null }: StoreFailure) {
    const at = address === null ? '' : ` at ${address}`;
    const detail = code === null ? kind : `${kind}, ${code}`;
    super('RATE_SYNC_STORE_UNAVAILABLE', `store "${store}"${at} did not answer (${detail}).`);
    this.store = store;
    this.kind = kind;
    this.failureCode = code;
    this.address = address;
  }
}

/** The turn of an `acquire` would not come, or did not come, within its timeout. */
export class AcquireTimeoutError extends RateSyncError {
  readonly limiterId: string;
  readonly timeoutMs: number;
  /** Milliseconds after which another attempt may pass at once. */
  readonly retryAfterMs: number;

  constructor(limiterId: string, timeoutMs: number, retryAfterMs: number) {
    super(
      'RATE_SYNC_ACQUIRE_TIMEOUT',
      `limiter "${limiterId}" has no turn within ${String(timeoutMs)} ms; the next may come in ` +
        `${String(retryAfterMs)} ms. Raise timeoutMs (or the limiter's timeout), or try later.`,
    );
    this.limiterId = limiterId;
    this.timeoutMs = timeoutMs;
    this.retryAfterMs = retryAfterMs;
  }
}

/** An `acquire` asked for more units than the limiter ever gives at once. */
export class CostExceedsLimitError extends RateSyncError {
  constructor(limiterId: string, cost: number, limit: number) {
    super(
      'RATE_SYNC_COST_EXCEEDS_LIMIT',
      `limiter "${limiterId}" gives at most ${String(limit)} units at once, so a cost of ` +
        `${String(cost)} can never pass. Split the work or raise the limit.`,
    );
  }
}

/** A limiter that only counts held slots was asked for units. */
export class LeaseRequiredError extends RateSyncError {
  constructor(limiterId: string) {
    super(
      'RATE_SYNC_LEASE_REQUIRED',
      `limiter "${limiterId}" limits only how many run at once. Use tryAcquire, acquire or run, ` +
        'which give a lease to release; consume would take a slot that nobody gives back.',
    );
  }
}

/** A cost is not a whole number of units, 0 or more. */
export class InvalidCostError extends RateSyncError {
  constructor(limiterId: string, cost: unknown) {
    super(
      'RATE_SYNC_INVALID_COST',
      `the cost for limiter "${limiterId}" must be a whole number, 0 or more, not ${kindOf(cost)}.`,
    );
  }
}

/** An identifier is not a string. */
export class InvalidIdentifierError extends RateSyncError {
  constructor(limiterId: string, identifier: unknown) {
    super(
      'RATE_SYNC_INVALID_IDENTIFIER',
      `the identifier for limiter "${limiterId}" must be a string, not ${kindOf(identifier)}. ` +
        'Convert it (String(id)), or leave it out to share one bucket.',
    );
  }
}

/** The library was used in a way that cannot work; the message says what to do instead. */
export class InvalidUsageError extends RateSyncError {
  constructor(message: string) {
    super('RATE_SYNC_INVALID_USAGE', message);
  }
}

/** The limiters were closed with their application. */
export class ClosedError extends RateSyncError {
  constructor() {
    super('RATE_SYNC_CLOSED', 'the limiters are closed, because their application shut down.');
  }
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : [...names].sort().join(', ');
}

/** A value's kind for a message, without the value itself: it may be personal. */
function kindOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}

/** Tells this package's errors from others, also across two copies of the package. */
export function isRateSyncError(error: unknown): error is RateSyncError {
  return codeOf(error)?.startsWith('RATE_SYNC_') ?? false;
}

/** True for a `ConfigurationError`. */
export function isConfigurationError(error: unknown): error is ConfigurationError {
  return codeOf(error) === 'RATE_SYNC_INVALID_CONFIG';
}

/** True when a limiter does not exist: a `LimiterNotFoundError` or an `UnknownLimitersError`. */
export function isLimiterNotFoundError(
  error: unknown,
): error is LimiterNotFoundError | UnknownLimitersError {
  return codeOf(error) === 'RATE_SYNC_UNKNOWN_LIMITER';
}

/** True for a `StoreUnavailableError`. */
export function isStoreUnavailableError(error: unknown): error is StoreUnavailableError {
  return codeOf(error) === 'RATE_SYNC_STORE_UNAVAILABLE';
}

/** True for an `AcquireTimeoutError`. */
export function isAcquireTimeoutError(error: unknown): error is AcquireTimeoutError {
  return codeOf(error) === 'RATE_SYNC_ACQUIRE_TIMEOUT';
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
