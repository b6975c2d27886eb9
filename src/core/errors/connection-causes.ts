import { cause, CHECK_THAT_IT_RUNS, type StoreCause } from './store-cause.js';

const NETWORK = 'Check the host and the port in `url`, and the network and firewall in between.';
const LOGIN = 'Correct `username` and `password` of the store, or $REDIS_PASSWORD.';
/** Why there is no connection, or none that could be used. */
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
    'has a host name that cannot be looked up: the DNS server does not answer',
    'Check the DNS settings of this machine and the host in `url`.',
  ),
  cause(
    'connection',
    'EHOSTUNREACH ENETUNREACH EHOSTDOWN',
    'is on a host that no route leads to',
    NETWORK,
  ),
  cause('connection', 'ETIMEDOUT', 'does not answer to a connection at all', NETWORK),
  cause(
    'connection',
    'ECONNRESET EPIPE ECONNABORTED',
    'closed the connection before it answered',
    'Look into its log, and for a proxy or a firewall in between.',
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
    'may not be connected to by this process',
    'Grant this process the right to the socket, or let the firewall pass.',
  ),
  cause(
    'connection',
    'EMFILE ENFILE',
    'cannot be connected to: this process has too many files open',
    'Raise the limit of open files (`ulimit -n`), or find what leaves them open.',
  ),
  cause(
    'connection',
    'MAXCLIENTS',
    'has no connection left: maxclients is reached',
    'Raise `maxclients` on the server, or close clients that are not needed.',
  ),
  cause(
    'connection',
    'UNKNOWN_MASTER',
    'cannot be found: the sentinels know no master of this name',
    'Set `master_name` to the name in `sentinel monitor NAME …`.',
  ),
  cause(
    'connection',
    'NO_SENTINEL',
    'cannot be found: no sentinel answers',
    'Start the sentinels, or correct `sentinels`.',
  ),
  cause('connection', 'CLOSED', 'has no connection: it was closed', CHECK_THAT_IT_RUNS),
  cause('connection', '', 'cannot be connected to', CHECK_THAT_IT_RUNS),

  cause(
    'auth',
    'NOAUTH',
    'asks for a password, and none is configured',
    'Set `password` of the store, or $REDIS_PASSWORD.',
  ),
  cause('auth', 'WRONGPASS', 'did not accept the user name or the password', LOGIN),
  cause(
    'auth',
    'NO_PASSWORD_SET',
    'has no password, and one is configured',
    'Set `requirepass` on the server, or take `password` out of the store.',
  ),
  cause(
    'auth',
    'SENTINEL_NOAUTH',
    'cannot be found: the sentinels ask for a password, and none is configured',
    'Set `sentinel_password` of the store (and `sentinel_username`).',
  ),
  cause(
    'auth',
    'SENTINEL_WRONGPASS',
    'cannot be found: the sentinels did not accept the password',
    'Correct `sentinel_username` and `sentinel_password` of the store.',
  ),
  cause(
    'auth',
    'DENIED',
    'refuses everybody from elsewhere: it is in protected mode',
    'Set `requirepass` on the server, and `password` of the store.',
  ),
  cause('auth', '', 'did not let us log in', LOGIN),

  cause(
    'tls',
    'NO_TLS ERR_SSL_WRONG_VERSION_NUMBER ERR_SSL_PACKET_LENGTH_TOO_LONG',
    'does not speak TLS on this port',
    'Write `redis://` in `url`, or set `tls-port` on the server.',
  ),
  cause(
    'tls',
    'TLS_PORT',
    'speaks TLS on this port, and the store does not',
    'Write `rediss://` in `url`, or set `ssl = true`.',
  ),
  cause(
    'tls',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED CLIENT_CERTIFICATE',
    'asks for a certificate of the client, and none is configured',
    'Set `ssl_certfile` and `ssl_keyfile`, or `tls-auth-clients no` on the server.',
  ),
  cause(
    'tls',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'does not trust the certificate of this client',
    'Use an `ssl_certfile` that an authority in its `tls-ca-cert-file` has signed.',
  ),
  cause(
    'tls',
    'CERT_HAS_EXPIRED',
    'shows a certificate that has expired',
    'Renew the certificate of the server (`tls-cert-file`).',
  ),
  cause(
    'tls',
    'ERR_TLS_CERT_ALTNAME_INVALID HOSTNAME_MISMATCH',
    'shows a certificate for another host name',
    'Use the name of the certificate in `url`, or set `ssl_servername` to it.',
  ),
  cause(
    'tls',
    'SELF_SIGNED_CERT_IN_CHAIN DEPTH_ZERO_SELF_SIGNED_CERT UNABLE_TO_VERIFY_LEAF_SIGNATURE ' +
      'UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'shows a certificate from an authority that is not trusted',
    'Set `ssl_ca_certs` to the file of the authority that signed it.',
  ),
  cause(
    'tls',
    '',
    'could not be connected to with TLS',
    'Check the certificate of the server, and `ssl_ca_certs`, `ssl_certfile` and `ssl_keyfile`.',
  ),
];
