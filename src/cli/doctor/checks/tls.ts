import type { TlsSettings } from '../../../config/index.js';
import { addressOf, hostOf } from '../../../stores/redis/endpoint.js';
import { fail, pass, warn, worstOf, type Finding } from '../check.js';
import type { NetworkScope } from '../servers/network-scope.js';
import type { StoreCheck } from './store-check.js';

/** Whether connections over a network are encrypted, with a verified certificate. */
export const tls: StoreCheck = async ({ settings, discovered, scopeOf }) => {
  const { address } = settings;
  // Sentinels receive a password too, and return the address of the master.
  const sentinels = address.topology === 'sentinel' ? address.sentinels : [];
  const sentinelTls = address.topology === 'sentinel' ? address.sentinelTls : null;
  const findings = [
    ...discovered.servers.map(({ server }) => [server.endpoint, settings.tls] as const),
    ...sentinels.map((endpoint) => [endpoint, sentinelTls] as const),
  ].map(async ([endpoint, protection]) =>
    judge(addressOf(endpoint), await scopeOf(hostOf(endpoint)), protection),
  );
  return worstOf(await Promise.all(findings));
};

function judge(address: string, scope: NetworkScope, settings: TlsSettings | null): Finding {
  if (settings?.verifyCertificate === true) {
    return pass(`the connection to ${address} is encrypted and its certificate was verified.`);
  }
  if (scope === 'loopback') {
    return pass(`${address} is on this machine: no traffic crosses a network.`);
  }
  const gap = scope === 'private' ? warn : fail;
  return settings === null
    ? gap(
        `${address} is on a ${scope} network and the connection is not encrypted.`,
        'Set `tls-port` on the server, and write `rediss://` in `url` (or `ssl = true`).',
      )
    : gap(
        `the connection to ${address} is encrypted, but its certificate is not verified.`,
        'Set `ssl_cert_reqs = "required"`, and `ssl_ca_certs` for a private certificate authority.',
      );
}
