type OnAbort = (reason: unknown) => void;

/** What runs when a signal aborts, in the order in which it was registered. */
const registered = new WeakMap<AbortSignal, Set<OnAbort>>();

/**
 * Runs `onAbort` once when the signal aborts, with its reason. Returns what ends that.
 *
 * Thousands may wait with one signal. An `AbortSignal` removes a listener in a time that grows with
 * their number and warns from the eleventh on, so all of them share one listener.
 */
export function whenAborted(signal: AbortSignal | undefined, onAbort: OnAbort): () => void {
  if (signal === undefined) return () => undefined;
  const callbacks = registered.get(signal) ?? listenTo(signal);
  callbacks.add(onAbort);
  return () => {
    callbacks.delete(onAbort);
  };
}

function listenTo(signal: AbortSignal): Set<OnAbort> {
  const callbacks = new Set<OnAbort>();
  registered.set(signal, callbacks);
  signal.addEventListener(
    'abort',
    () => {
      for (const onAbort of callbacks) onAbort(signal.reason);
      callbacks.clear();
    },
    { once: true },
  );
  return callbacks;
}

/** What happens around work that its caller gave up. */
export interface GivenUp<T> {
  readonly onAbort: () => void;
  /** The work has ended; undefined when it failed, of which nobody hears. */
  readonly onLate: (value: T | undefined) => void;
}

/** Settles like `work`, or rejects with the signal's reason as soon as it aborts. */
export function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  { onAbort, onLate }: GivenUp<T>,
): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    let isAborted = false;
    const ignoreAbort = whenAborted(signal, (reason) => {
      isAborted = true;
      onAbort();
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason
      reject(reason);
    });
    work.then(
      (value) => {
        ignoreAbort();
        if (isAborted) onLate(value);
        else resolve(value);
      },
      (error: unknown) => {
        ignoreAbort();
        if (isAborted) onLate(undefined);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what it rejected with
        else reject(error);
      },
    );
  });
}
