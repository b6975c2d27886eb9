import { shown } from '../../core/checked-values.js';
import { InvalidUsageError } from '../../core/errors/index.js';

/** Checks that a decorator names a limiter by its id. Throws `InvalidUsageError`. */
export function checkLimiterId(decorator: string, limiterId: unknown): void {
  if (typeof limiterId === 'string') return;
  throw new InvalidUsageError(
    `${decorator} takes the ids of limiters, as in ${decorator}('public'), not ${shown(limiterId)}.`,
  );
}
