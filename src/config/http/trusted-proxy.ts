import ipaddr from 'ipaddr.js';

/** Names of ranges that proxy-addr knows. */
const NAMED_RANGES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

/** A peer without an address: a proxy on a Unix socket. */
const UNIX = 'unix';

const EXPECTED =
  'expected an address ("10.1.2.3"), a range ("10.0.0.0/8", "fd00::/8"), "loopback", "linklocal", "uniquelocal" or "unix"';

/** The problem of an entry of `trusted_proxies`, or null. */
export function trustedProxyProblem(entry: string): string | null {
  if (entry === UNIX || NAMED_RANGES.includes(entry)) return null;
  if (/^\d+$/.test(entry)) {
    return `a number of hops is not supported, because a client can add hops: ${EXPECTED}`;
  }
  if (/\/0+$/.test(entry)) {
    return 'a range of all addresses would let every client choose its own address';
  }
  return isAddress(entry) || isRange(entry) ? null : EXPECTED;
}

function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || isPlainIPv6(text);
}

function isRange(text: string): boolean {
  const [address = '', prefix = '', ...more] = text.split('/');
  if (more.length > 0 || !/^\d{1,3}$/.test(prefix)) return false;
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return Number(prefix) <= 32;
  return isPlainIPv6(address) && Number(prefix) <= 128;
}

/** Without a zone (`%eth0`), which is local to one host. */
function isPlainIPv6(text: string): boolean {
  return !text.includes('%') && ipaddr.IPv6.isValid(text);
}
