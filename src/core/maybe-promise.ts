/**
 * A value that may already be there.
 *
 * Process memory answers at once and Redis later. Awaiting an answer that is already there costs
 * about as much as the decision itself, so the path of a decision keeps the difference.
 */
export type MaybePromise<T> = T | Promise<T>;

/** Tells a promise, of any realm or library, from a value. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

/** Applies `next` now when the value is there, later when it is not. */
export function whenReady<T, U>(value: MaybePromise<T>, next: (value: T) => U): MaybePromise<U> {
  return isPromise(value) ? value.then(next) : next(value);
}
