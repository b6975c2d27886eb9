import type { IncomingMessage } from 'node:http';
import proxyaddr from 'proxy-addr';
import type { HttpSettings } from '../../../config/index.js';
import { Memo } from '../../../core/memo.js';
import { bareAddress, canonicalIp, INVALID_IP } from '../../../identifiers/canonical-ip.js';
import { peerOf, UNIX_PEER, type PeerSocket } from './peer.js';

/** The part of Node's own request that is read. */
interface NodeRequest extends Pick<IncomingMessage, 'headers'> {
  readonly socket?: PeerSocket | undefined;
}

/** The part of a request that is read: Express' is Node's own, Fastify's holds it. */
export interface AddressedRequest extends NodeRequest {
  readonly ip?: string | undefined;
  readonly raw?: NodeRequest | undefined;
  /** Express' application, which has the setting of trusted proxies. Fastify's is not visible. */
  readonly app?: { readonly get: (setting: string) => unknown } | undefined;
}

const BELIEVED_ADVICE =
  'The HTTP adapter believes X-Forwarded-For from everybody ("trust proxy" is true), so a caller can ' +
  'choose its address and with it its limit. List the addresses of your proxies under [http] ' +
  'trusted_proxies in rate-sync.toml (CIDR blocks, "unix" for one on a Unix socket), or tell the ' +
  'adapter which proxies to trust.';

const UNTRUSTED_ADVICE =
  'A request carries X-Forwarded-For, but its sender is not a trusted proxy, so the header is ' +
  'ignored and all callers behind one proxy share a limit. If a proxy of yours sent it, list its ' +
  'addresses under [http] trusted_proxies in rate-sync.toml (CIDR blocks). If none did, a client ' +
  'tries to choose an address, and nothing is to be done.';

const NO_ADDRESS_ADVICE =
  'A request has no client address: its peer has none (a Unix socket, or an adapter for functions), ' +
  'so all such callers share one limit. Put "unix" into [http] trusted_proxies in rate-sync.toml, ' +
  'and let the proxy in front send X-Forwarded-For.';

/**
 * Finds the address of the client behind a request.
 *
 * With trusted proxies: starts at the socket's peer and walks X-Forwarded-For from the right, past
 * trusted addresses only; the first one that is not trusted is the client. Without: the adapter's
 * own `request.ip`, which trusts no proxy unless the application configures it.
 */
export class ClientIp {
  readonly #isTrusted: ((address: string) => boolean) | null;
  readonly #canonical: Memo;
  readonly #warn: (message: string) => void;
  #hasWarned = false;
  #hasWarnedOfNone = false;

  constructor(
    { trustedProxies, ipv6Subnet }: Pick<HttpSettings, 'trustedProxies' | 'ipv6Subnet'>,
    warn: (message: string) => void,
  ) {
    this.#canonical = new Memo((address) => canonicalIp(address, ipv6Subnet));
    this.#warn = warn;
    this.#isTrusted = trustedProxies === null ? null : trust(trustedProxies);
  }

  /** The client's canonical address, or the shared identifier of clients without one. */
  of(request: AddressedRequest): string {
    const raw = request.raw ?? request;
    const address = this.#isTrusted === null ? request.ip : walk(raw, this.#isTrusted);
    if (address === undefined || address === '') return this.#withoutAddress(raw);
    if (!this.#hasWarned) this.#warnOnce(request, raw, address);
    return this.#canonical.get(address);
  }

  #withoutAddress(raw: NodeRequest): string {
    if (!this.#hasWarnedOfNone && peerOf(raw.socket) === UNIX_PEER) {
      this.#hasWarnedOfNone = true;
      this.#warn(NO_ADDRESS_ADVICE);
    }
    return INVALID_IP;
  }

  #warnOnce(request: AddressedRequest, raw: NodeRequest, address: string): void {
    if (raw.headers['x-forwarded-for'] === undefined) return;
    const isIgnored = raw.socket?.remoteAddress === address;
    const isBelieved = this.#isTrusted === null && request.app?.get('trust proxy') === true;
    if (!isIgnored && !isBelieved) return;
    this.#hasWarned = true;
    this.#warn(isIgnored ? UNTRUSTED_ADVICE : BELIEVED_ADVICE);
  }
}

/** How a proxy that listens on a Unix socket names its peer. */
const UNIX_HOP = 'unix:';

function trust(proxies: readonly string[]): (address: string) => boolean {
  const trustsUnix = proxies.includes(UNIX_PEER);
  const isTrusted = proxyaddr.compile(proxies.filter((proxy) => proxy !== UNIX_PEER));
  return (address) =>
    address === UNIX_HOP || address === UNIX_PEER ? trustsUnix : isTrusted(bareAddress(address), 0);
}

/** The first peer that is not trusted, the nearest first; undefined when it has no address. */
function walk(raw: NodeRequest, isTrusted: (address: string) => boolean): string | undefined {
  const peer = peerOf(raw.socket);
  if (peer === undefined) return undefined;
  const named = peer === UNIX_PEER ? { headers: raw.headers, socket: NAMED_UNIX } : raw;
  const address = proxyaddr(named as IncomingMessage, isTrusted);
  return address === UNIX_PEER ? undefined : address;
}

const NAMED_UNIX = { remoteAddress: UNIX_PEER };
