type OnAbort = (reason: unknown) => void;

/** The callbacks of each signal, in the order of their registration. */
const registered = new WeakMap<AbortSignal, Set<OnAbort>>();

/**
 * Runs `onAbort` once when the signal aborts, with its reason. Returns an unsubscribe function.
 *
 * Thousands of calls may share a signal. Removing a listener of an `AbortSignal` takes time that grows
 * with their number, and the eleventh listener causes a warning, so all calls share one listener.
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

/** Callbacks for work whose caller aborted. */
export interface AbandonedWork<T> {
  readonly onAbort: () => void;
  /** Called when the work has ended; with undefined when it failed. The error is dropped. */
  readonly onLate: (value: T | undefined) => void;
}

/** Settles like `work`, or rejects with the signal's reason as soon as it aborts. */
export function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  { onAbort, onLate }: AbandonedWork<T>,
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
