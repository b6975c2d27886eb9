import type { Socket } from 'node:net';

/** What is read of a socket; adapters for functions bring objects that have only some of it. */
export type PeerSocket = Partial<Pick<Socket, 'remoteAddress' | 'localPort' | 'destroyed'>>;

/** A peer that never had an address: at the other end of a Unix socket, or of no socket at all. */
export const UNIX_PEER = 'unix';

/**
 * The address of the peer, `unix` for one that has none, or undefined for one that has left.
 *
 * A TCP peer that disconnects loses its address, too, even before the socket is destroyed. It must not
 * pass for a proxy on a Unix socket: it would be believed. Its socket still knows the port here.
 */
export function peerOf(socket: PeerSocket | null | undefined): string | undefined {
  const { remoteAddress, localPort, destroyed } = socket ?? {};
  if (remoteAddress !== undefined && remoteAddress !== '') return remoteAddress;
  return destroyed === true || localPort !== undefined ? undefined : UNIX_PEER;
}
