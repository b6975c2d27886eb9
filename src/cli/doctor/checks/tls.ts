import type { TlsSettings } from '../../../config/index.js';
import { addressOf, hostOf } from '../../../stores/redis/endpoint.js';
import { fail, pass, warn, worstOf, type Finding } from '../check.js';
import type { NetworkScope } from '../servers/network-scope.js';
import type { StoreCheck } from './store-check.js';

/** Whether what crosses a network is encrypted, and for the right server. */
export const tls: StoreCheck = async ({ settings, survey, distanceTo }) => {
  const { address } = settings;
  // Sentinels are told a password too, and tell where to connect.
  const sentinels = address.topology === 'sentinel' ? address.sentinels : [];
  const sentinelTls = address.topology === 'sentinel' ? address.sentinelTls : null;
  const findings = [
    ...survey.servers.map(({ server }) => [server.endpoint, settings.tls] as const),
    ...sentinels.map((endpoint) => [endpoint, sentinelTls] as const),
  ].map(async ([endpoint, protection]) =>
    judge(addressOf(endpoint), await distanceTo(hostOf(endpoint)), protection),
  );
  return worstOf(await Promise.all(findings));
};

function judge(address: string, distance: NetworkScope, settings: TlsSettings | null): Finding {
  if (settings?.verifyCertificate === true) {
    return pass(`the connection to ${address} is encrypted and its certificate was verified.`);
  }
  if (distance === 'loopback') {
    return pass(`${address} is on this machine: nothing crosses a network.`);
  }
  const gap = distance === 'private' ? warn : fail;
  return settings === null
    ? gap(
        `${address} is on a ${distance} network and the connection is not encrypted.`,
        'Set `tls-port` on the server, and write `rediss://` in `url` (or `ssl = true`).',
      )
    : gap(
        `the connection to ${address} is encrypted, but to whomever answers: its certificate is not verified.`,
        'Set `ssl_cert_reqs = "required"`, and `ssl_ca_certs` if the authority is a private one.',
      );
}
