import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request of either adapter: Express' is Node's own, Fastify's holds it. */
export type AdaptedRequest = IncomingMessage | { readonly raw: IncomingMessage };

/** A response of either adapter: Express' is Node's own, Fastify's holds it. */
export type AdaptedResponse = ServerResponse | { readonly raw: ServerResponse };

/** Node's own request behind that of an adapter. */
export function rawRequestOf(request: AdaptedRequest): IncomingMessage {
  return 'raw' in request ? request.raw : request;
}

/** Whether this is the response of an adapter; calls of other transports may have none. */
export function isResponse(response: unknown): response is AdaptedResponse {
  if (typeof response !== 'object' || response === null) return false;
  const { writeHead } = ('raw' in response ? response.raw : response) as Partial<ServerResponse>;
  return typeof writeHead === 'function';
}

/**
 * Runs a callback once when a response is over: sent, or closed because the client disconnected; at
 * once when it is already. It observes the socket as well: a response that waits behind others in an
 * HTTP pipeline emits no event when the socket closes.
 */
export function whenOver(response: AdaptedResponse, then: (isSent: boolean) => void): void {
  const raw = 'raw' in response ? response.raw : response;
  const { socket } = raw.req;
  if (raw.writableFinished || raw.destroyed || raw.closed || socket.destroyed) {
    then(raw.writableFinished);
    return;
  }
  const over = (): void => {
    raw.off('finish', over);
    raw.off('close', over);
    forget();
    then(raw.writableFinished);
  };
  const forget = whenClosed(socket, over);
  raw.once('finish', over);
  raw.once('close', over);
}

const closeListeners = new WeakMap<Socket, Set<() => void>>();

/**
 * Runs a callback when a socket closes. Returns an unsubscribe function. A client decides how many
 * requests are in flight on one socket, so all of them share one listener.
 */
function whenClosed(socket: Socket, listener: () => void): () => void {
  const listeners = closeListeners.get(socket) ?? watch(socket);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function watch(socket: Socket): Set<() => void> {
  const listeners = new Set<() => void>();
  closeListeners.set(socket, listeners);
  socket.once('close', () => {
    for (const listener of [...listeners]) listener();
  });
  return listeners;
}
