import type { IncomingMessage } from 'node:http';
import {
  rawRequestOf,
  whenOver,
  type AdaptedRequest,
  type AdaptedResponse,
} from './response-end.js';

const signals = new WeakMap<IncomingMessage, AbortSignal>();

/**
 * The signal of a request, which aborts when the client disconnects before the response was sent. One
 * for each request, made on first use.
 */
export function disconnectSignalOf(
  request: AdaptedRequest,
  response: AdaptedResponse,
): AbortSignal {
  const raw = rawRequestOf(request);
  const known = signals.get(raw);
  if (known !== undefined) return known;
  const controller = new AbortController();
  signals.set(raw, controller.signal);
  whenOver(response, (isSent) => {
    if (!isSent) controller.abort();
  });
  return controller.signal;
}
