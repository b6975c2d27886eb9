/** Where a server listens: on a port, or on a Unix socket. */
export type Endpoint = HostEndpoint | SocketEndpoint;

/** A host (IPv6 without brackets) and a port. */
export interface HostEndpoint {
  readonly host: string;
  readonly port: number;
}

/** The absolute path of a Unix socket. */
export interface SocketEndpoint {
  readonly path: string;
}

/** `host:port`, `[IPv6]:port`, or the path of a socket. */
export function addressOf(endpoint: Endpoint): string {
  if ('path' in endpoint) return endpoint.path;
  const { host, port } = endpoint;
  return host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}

/** The host of a server; a Unix socket is on this one. */
export function hostOf(endpoint: Endpoint): string {
  return 'path' in endpoint ? 'localhost' : endpoint.host;
}
