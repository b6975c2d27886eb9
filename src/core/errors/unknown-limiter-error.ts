import { didYouMean } from '../did-you-mean.js';
import { RateSyncError } from './rate-sync-error.js';

/** No limiter has this id. */
export class LimiterNotFoundError extends RateSyncError {
  readonly limiterId: string;

  constructor(limiterId: unknown, known: readonly string[]) {
    const name = String(limiterId);
    super(
      'RATE_SYNC_UNKNOWN_LIMITER',
      `no limiter is called ${JSON.stringify(name)}. Known: ${listed(known)}.` +
        didYouMean(name, known),
    );
    this.limiterId = name;
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

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : [...names].sort().join(', ');
}
