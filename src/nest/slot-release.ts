import type { ServerResponse } from 'node:http';
import type { Lease } from '../limiter/limiter.js';

/** A response of either adapter: Express' is Node's own, Fastify's holds it. */
export type AdaptedResponse = ServerResponse | { readonly raw: ServerResponse };

/**
 * Releases leases when the response is over: sent, or closed because the client hung up. A response
 * that is over already (the client left while the limiter was asked) releases at once. The socket is
 * watched too: a response that waits behind others in a pipeline is never told that it closed.
 */
export function releaseWithResponse(leases: readonly Lease[], response: AdaptedResponse): void {
  if (leases.length === 0) return;
  const raw = 'raw' in response ? response.raw : response;
  const { socket } = raw.req;
  const release = (): void => {
    socket.off('close', release);
    for (const lease of leases) void lease.release();
  };
  if (raw.writableFinished || raw.destroyed || raw.closed || socket.destroyed) {
    release();
    return;
  }
  raw.once('finish', release);
  raw.once('close', release);
  socket.once('close', release);
}
