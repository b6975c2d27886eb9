import { cause, CHECK_THAT_IT_RUNS, type StoreCause } from './store-cause.js';

const NETWORK = 'Check the host and the port in `url`, and the network and firewalls in between.';
const LOGIN = 'Correct `username` and `password` of the store, or $REDIS_PASSWORD.';

/** Why there is no usable connection. */
export const CONNECTION_CAUSES: readonly StoreCause[] = [
  cause(
    'connection',
    'ECONNREFUSED',
    'refused the connection: nothing listens on this port',
    'Start Redis there, or correct the host and port in `url`.',
  ),
  cause(
    'connection',
    'ENOTFOUND',
    'has a host name that does not exist',
    'Correct the host in `url`, or the DNS entry that it names.',
  ),
  cause(
    'connection',
    'EAI_AGAIN',
    'has a host name that cannot be resolved: the DNS server does not respond',
    'Check the DNS settings of this machine and the host in `url`.',
  ),
  cause(
    'connection',
    'EHOSTUNREACH ENETUNREACH EHOSTDOWN',
    'is unreachable: there is no route to its host',
    NETWORK,
  ),
  cause('connection', 'ETIMEDOUT', 'is unreachable: the connection attempt timed out', NETWORK),
  cause(
    'connection',
    'ECONNRESET EPIPE ECONNABORTED',
    'closed the connection before it replied',
    'Check its log, and look for a proxy or a firewall in between.',
  ),
  cause(
    'connection',
    'ENOENT',
    'has no socket at this path',
    'Start Redis with this `unixsocket`, or correct the path in `url`.',
  ),
  cause(
    'connection',
    'EACCES EPERM',
    'is unreachable: this process lacks the permission to connect',
    'Grant this process access to the socket, or allow the connection in the firewall.',
  ),
  cause(
    'connection',
    'EMFILE ENFILE',
    'is unreachable: this process has too many open files',
    'Raise the limit of open files (`ulimit -n`), or find what leaves files open.',
  ),
  cause(
    'connection',
    'MAXCLIENTS',
    'accepts no further connection: `maxclients` is reached',
    'Raise `maxclients` on the server, or close unused clients.',
  ),
  cause(
    'connection',
    'UNKNOWN_MASTER',
    'cannot be found: the sentinels monitor no master with this name',
    'Set `master_name` to the name in `sentinel monitor NAME …`.',
  ),
  cause(
    'connection',
    'NO_SENTINEL',
    'cannot be found: no sentinel responds',
    'Start the sentinels, or correct `sentinels`.',
  ),
  cause('connection', 'CLOSED', 'is not connected: the connection was closed', CHECK_THAT_IT_RUNS),
  cause('connection', '', 'is unreachable', CHECK_THAT_IT_RUNS),

  cause(
    'auth',
    'NOAUTH',
    'requires a password and none is configured',
    'Set `password` of the store, or $REDIS_PASSWORD.',
  ),
  cause('auth', 'WRONGPASS', 'rejected the user name or the password', LOGIN),
  cause(
    'auth',
    'NO_PASSWORD_SET',
    'has no password, but one is configured',
    'Set `requirepass` on the server, or remove `password` from the store.',
  ),
  cause(
    'auth',
    'SENTINEL_NOAUTH',
    'cannot be found: the sentinels require a password and none is configured',
    'Set `sentinel_password` of the store (and `sentinel_username`).',
  ),
  cause(
    'auth',
    'SENTINEL_WRONGPASS',
    'cannot be found: the sentinels rejected the password',
    'Correct `sentinel_username` and `sentinel_password` of the store.',
  ),
  cause(
    'auth',
    'DENIED',
    'accepts local connections only: it is in protected mode',
    'Set `requirepass` on the server, and `password` of the store.',
  ),
  cause('auth', '', 'rejected the login', LOGIN),

  cause(
    'tls',
    'NO_TLS ERR_SSL_WRONG_VERSION_NUMBER ERR_SSL_PACKET_LENGTH_TOO_LONG',
    'does not speak TLS on this port',
    'Write `redis://` in `url`, or set `tls-port` on the server.',
  ),
  cause(
    'tls',
    'TLS_PORT',
    'speaks TLS on this port, but the store is configured without TLS',
    'Write `rediss://` in `url`, or set `ssl = true`.',
  ),
  cause(
    'tls',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED CLIENT_CERTIFICATE',
    'requires a client certificate and none is configured',
    'Set `ssl_certfile` and `ssl_keyfile`, or `tls-auth-clients no` on the server.',
  ),
  cause(
    'tls',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'does not trust the client certificate',
    'Use an `ssl_certfile` that is signed by an authority in its `tls-ca-cert-file`.',
  ),
  cause(
    'tls',
    'CERT_HAS_EXPIRED',
    'presents an expired certificate',
    'Renew the server certificate (`tls-cert-file`).',
  ),
  cause(
    'tls',
    'ERR_TLS_CERT_ALTNAME_INVALID HOSTNAME_MISMATCH',
    'presents a certificate for another host name',
    'Use the name in the certificate in `url`, or set `ssl_servername` to it.',
  ),
  cause(
    'tls',
    'SELF_SIGNED_CERT_IN_CHAIN DEPTH_ZERO_SELF_SIGNED_CERT UNABLE_TO_VERIFY_LEAF_SIGNATURE ' +
      'UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'presents a certificate from an untrusted authority',
    'Set `ssl_ca_certs` to the file of the authority that signed it.',
  ),
  cause(
    'tls',
    '',
    'is unreachable over TLS',
    'Check the server certificate, and `ssl_ca_certs`, `ssl_certfile` and `ssl_keyfile`.',
  ),
];
