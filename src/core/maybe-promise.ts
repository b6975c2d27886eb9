/**
 * A value that may already be there.
 *
 * Process memory answers at once and Redis later. Awaiting an answer that is already there costs
 * about as much as the decision itself, so the path of a decision keeps the difference.
 */
export type MaybePromise<T> = T | Promise<T>;

/** Tells a promise, of any realm or library, from a value. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** Applies `next` now when the value exists already, later when it does not. */
export function whenReady<T, U>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** All values in order: now when all are there, else when the last one is. */
export function allReady<T>(values: readonly MaybePromise<T>[]): MaybePromise<readonly T[]> {
  const ready: T[] = [];
  for (const value of values) {
    if (isPromise(value)) return Promise.all(values.map((each) => Promise.resolve(each)));
    ready.push(value);
  }
  return ready;
}

/**
 * Calls all functions and gathers their values like `allReady`. One that throws counts as a promise
 * that rejects, so that a rejection of an earlier one is never left unhandled.
 */
export function allCalled<T>(
  calls: readonly (() => MaybePromise<T>)[],
): MaybePromise<readonly T[]> {
  return allReady(
    calls.map((call) => {
      try {
        return call();
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what was thrown
        return Promise.reject<T>(error);
      }
    }),
  );
}
