import type { StoreFailureKind, StoreUnavailableError } from '../../core/errors.js';
import { fail, type Finding } from './check.js';

interface Explanation {
  readonly cause: string;
  readonly fix: string;
}

const BY_CODE: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: {
    cause: 'refused the connection: nothing listens on this port',
    fix: 'Start Redis there, or correct the host and port in `url`.',
  },
  ENOENT: {
    cause: 'is the path of a socket that does not exist',
    fix: 'Start Redis with `unixsocket` set to this path, or correct the socket in `url`.',
  },
  EACCES: {
    cause: 'is a socket that this user may not open',
    fix: 'Set `unixsocketperm 770` on the server, and run the application in its group.',
  },
  ENOTFOUND: {
    cause: 'has a host name that does not exist',
    fix: 'Correct the host in `url`, or the DNS entry that it names.',
  },
  EAI_AGAIN: {
    cause: 'has a host name that cannot be looked up: the DNS server does not answer',
    fix: 'Check the DNS settings of this machine and the host in `url`.',
  },
  ECONNRESET: {
    cause: 'closed the connection: it may expect TLS, or a firewall is in between',
    fix: 'Write `rediss://` if the server listens with TLS; otherwise let the firewall pass.',
  },
  EHOSTUNREACH: {
    cause: 'is on a host that no route leads to',
    fix: 'Check the network between this machine and Redis, and its firewall.',
  },
  MAXCLIENTS: {
    cause: 'has no connection left: maxclients is reached',
    fix: 'Raise `maxclients` on the server, or close clients that are not needed.',
  },
  NOAUTH: {
    cause: 'asks for a password, and none is configured',
    fix: 'Set `password` of the store, or $REDIS_PASSWORD.',
  },
  WRONGPASS: {
    cause: 'did not accept the user name or the password',
    fix: 'Correct `username` and `password` of the store, or $REDIS_PASSWORD.',
  },
  UNKNOWN_MASTER: {
    cause: 'knows no master of this name',
    fix: 'Set `master_name` to the name in `sentinel monitor NAME …`.',
  },
  NO_SENTINEL: {
    cause: 'cannot be found: no sentinel answers',
    fix: 'Start the sentinels, or correct `sentinels`.',
  },
  DENIED: {
    cause: 'refuses everybody from elsewhere: it is in protected mode',
    fix: 'Set `requirepass` on the server, and `password` of the store.',
  },
  NO_TLS: {
    cause: 'accepts connections, but does not speak TLS on this port',
    fix: 'Write `redis://` in `url`, or set `tls-port` on the server.',
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    cause: 'does not speak TLS on this port',
    fix: 'Write `redis://` in `url`, or set `tls-port` on the server.',
  },
  CERT_HAS_EXPIRED: {
    cause: 'shows a certificate that has expired',
    fix: 'Renew the certificate of the server (`tls-cert-file`).',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    cause: 'shows a certificate for another host name',
    fix: 'Use the name of the certificate in `url`, or set `ssl_servername` to it.',
  },
  SELECT: {
    cause: 'does not have the database that `db` names, or this user may not select it',
    fix: 'Set `db = 0`, raise `databases` on the server, or grant `+select`.',
  },
};

const UNKNOWN_AUTHORITY: Explanation = {
  cause: 'shows a certificate from an authority that is not trusted',
  fix: 'Set `ssl_ca_certs` to the file of the authority that signed it.',
};

const BY_KIND: Readonly<Partial<Record<StoreFailureKind, Explanation>>> = {
  timeout: {
    cause: 'accepts connections, but does not answer in time',
    fix: 'Look whether Redis is stopped, overloaded or swapping, and for a firewall that drops packets.',
  },
  auth: {
    cause: 'did not let us log in',
    fix: 'Correct `username` and `password` of the store, or $REDIS_PASSWORD.',
  },
  tls: {
    cause: 'could not be connected to with TLS',
    fix: 'Check the certificate of the server, and `ssl_ca_certs`, `ssl_certfile` and `ssl_keyfile`.',
  },
  loading: { cause: 'is still loading its data', fix: 'Wait until it has, and check again.' },
  busy: { cause: 'is busy with a script', fix: 'Run `SCRIPT KILL` on the server.' },
  cluster_down: {
    cause: 'says that its cluster is down',
    fix: 'Run `redis-cli --cluster check HOST:PORT` and bring the missing nodes back.',
  },
  oom: {
    cause: 'refuses writes: its memory is full',
    fix: 'Raise `maxmemory`, or find what fills it with `redis-cli --bigkeys`.',
  },
  misconf: {
    cause: 'refuses writes: it cannot save, or lacks replicas',
    fix: 'Mend what its log says of saving, or bring back as many replicas as `min-replicas-to-write` asks for.',
  },
  readonly: {
    cause: 'refuses writes: it is a replica',
    fix: 'Put the address of its primary into `url`.',
  },
  unknown: {
    cause: 'does not answer as Redis does',
    fix: 'Correct the host and port in `url`: something else may listen there.',
  },
  data: {
    cause: 'answers the script with an error',
    fix: 'Look into its log; a proxy in between may not pass scripts on.',
  },
  noperm: {
    cause: 'refuses this user',
    fix: 'Grant what the scripts need: docs/redis.md lists it.',
  },
};

/** What a failure means, with the address and without secrets: `10.0.0.1:6379 refused …`. */
export function explainFailure(failure: StoreUnavailableError): Finding {
  const { kind, failureCode: code, address } = failure;
  const { cause, fix } = explanationOf(kind, code);
  const suffix = code === null ? '' : ` (${code})`;
  return fail(`${address ?? 'the server'} ${cause}${suffix}.`, fix);
}

function explanationOf(kind: StoreFailureKind, code: string | null): Explanation {
  if (code === 'ETIMEDOUT' && kind === 'connection') {
    return {
      cause: 'does not answer to a connection at all',
      fix: 'Check the host in `url` and the firewall between this machine and Redis.',
    };
  }
  if (/^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/.test(code ?? '')) return UNKNOWN_AUTHORITY;
  return (
    BY_CODE[code ?? ''] ??
    BY_KIND[kind] ?? {
      cause: 'cannot be connected to',
      fix: 'Check that Redis runs there and that this machine may reach it.',
    }
  );
}
