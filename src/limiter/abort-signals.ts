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
