/**
 * A value that may be available synchronously.
 *
 * The memory store returns synchronously, Redis does not. Awaiting a value that is available costs
 * about as much as the decision itself, so the path of a decision preserves the difference.
 */
export type MaybePromise<T> = T | Promise<T>;

/** Whether a value is a promise, of any realm or library. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** Applies `next` synchronously to a value, and once it resolves to a promise. */
export function whenReady<T, U>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** All values in order: synchronously when none is a promise, else once all have resolved. */
export function allReady<T>(values: readonly MaybePromise<T>[]): MaybePromise<readonly T[]> {
  const ready: T[] = [];
  for (const value of values) {
    if (isPromise(value)) return Promise.all(values.map((each) => Promise.resolve(each)));
    ready.push(value);
  }
  return ready;
}

/**
 * Calls all functions and collects their values like `allReady`. A function that throws counts as a
 * promise that rejects, so that the rejection of an earlier one is never unhandled.
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
