import ipaddr from 'ipaddr.js';

/** The bucket of all texts that are not valid addresses. */
export const INVALID_IP = 'invalid-ip';

const BRACKETED = /^\[(?<address>[^\]]*)\](?::\d+)?$/;
const WITH_PORT = /^(?<address>[^:]+):\d+$/;

/** An address as proxies write it, without brackets, port and zone. */
export function bareAddress(text: string): string {
  const trimmed = text.trim();
  const matched = BRACKETED.exec(trimmed) ?? WITH_PORT.exec(trimmed);
  const address = matched?.groups?.['address'] ?? trimmed;
  const zone = address.indexOf('%');
  return zone === -1 ? address : address.slice(0, zone);
}

/**
 * The canonical form of a client address: one text for all its spellings.
 *
 * IPv4 inside IPv6 (`::ffff:192.0.2.1`) becomes IPv4. Other IPv6 addresses are cut to their first
 * `ipv6Subnet` bits, because one subscriber owns the remaining bits. Texts that are not addresses in
 * the usual form (`127.1` and `0x7f000001` are not) share one bucket.
 */
export function canonicalIp(text: string, ipv6Subnet: number): string {
  const address = bareAddress(text);
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address).toString();
  if (!ipaddr.IPv6.isValid(address)) return INVALID_IP;
  const parsed = ipaddr.IPv6.parse(address);
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${String(ipv6Subnet)}`);
  return `${network.toString()}/${String(ipv6Subnet)}`;
}
