import type { IncomingMessage } from 'node:http';
import proxyaddr from 'proxy-addr';
import type { HttpSettings } from '../config/index.js';
import { Remembered } from '../core/remembered.js';
import { bareAddress, canonicalIp, INVALID_IP } from '../runtime/canonical-ip.js';

/** What is read of Node's own request. */
type NodeRequest = Pick<IncomingMessage, 'headers' | 'socket'>;

/** What is read of a request, whatever the adapter: Express' is Node's own, Fastify's holds it. */
export interface AddressedRequest extends NodeRequest {
  readonly ip?: string | undefined;
  readonly raw?: NodeRequest | undefined;
  /** Express' application, which knows whom it trusts. Fastify does not tell. */
  readonly app?: { readonly get: (setting: string) => unknown } | undefined;
}

const BELIEVED_ADVICE =
  'The HTTP adapter believes X-Forwarded-For from everybody ("trust proxy" is true), so a caller can ' +
  'choose its address and with it its limit. List the addresses of your proxies under [http] ' +
  'trusted_proxies in rate-sync.toml (CIDR blocks), or tell the adapter which proxies to trust.';

const UNTRUSTED_ADVICE =
  'A request carries X-Forwarded-For, but its sender is not a trusted proxy, so the header is ' +
  'ignored and all callers behind one proxy share a limit. If a proxy of yours sent it, list its ' +
  'addresses under [http] trusted_proxies in rate-sync.toml (CIDR blocks). If none did, somebody ' +
  'tries to choose an address, and nothing is to be done.';

/**
 * Finds the address of the client behind a request.
 *
 * With trusted proxies: starts at the socket's peer and walks X-Forwarded-For from the right, past
 * trusted addresses only; the first one that is not trusted is the client. Without: the adapter's
 * own `request.ip`, which trusts nobody unless the application says so.
 */
export class ClientIp {
  readonly #isTrusted: ((address: string) => boolean) | null;
  readonly #canonical: Remembered;
  readonly #warn: (message: string) => void;
  #hasWarned = false;

  constructor(
    { trustedProxies, ipv6Subnet }: Pick<HttpSettings, 'trustedProxies' | 'ipv6Subnet'>,
    warn: (message: string) => void,
  ) {
    this.#canonical = new Remembered((address) => canonicalIp(address, ipv6Subnet));
    this.#warn = warn;
    this.#isTrusted = trustedProxies === null ? null : trust(trustedProxies);
  }

  /** The client's canonical address, or the shared bucket of those that have none. */
  of(request: AddressedRequest): string {
    const raw = request.raw ?? request;
    const address = this.#isTrusted === null ? request.ip : walk(raw, this.#isTrusted);
    if (!this.#hasWarned) this.#warnOnce(request, raw, address);
    return address === undefined ? INVALID_IP : this.#canonical.of(address);
  }

  #warnOnce(request: AddressedRequest, raw: NodeRequest, address: string | undefined): void {
    if (raw.headers['x-forwarded-for'] === undefined) return;
    const peer = raw.socket.remoteAddress;
    const isIgnored = peer !== undefined && peer === address;
    const isBelieved = this.#isTrusted === null && request.app?.get('trust proxy') === true;
    if (!isIgnored && !isBelieved) return;
    this.#hasWarned = true;
    this.#warn(isIgnored ? UNTRUSTED_ADVICE : BELIEVED_ADVICE);
  }
}

function trust(proxies: readonly string[]): (address: string) => boolean {
  const isTrusted = proxyaddr.compile([...proxies]);
  return (address) => isTrusted(bareAddress(address), 0);
}

function walk(raw: NodeRequest, isTrusted: (address: string) => boolean): string | undefined {
  if (raw.socket.remoteAddress === undefined) return undefined;
  return proxyaddr(raw as IncomingMessage, isTrusted);
}
