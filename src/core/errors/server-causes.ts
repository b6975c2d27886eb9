import { cause, CHECK_THAT_IT_RUNS, type StoreCause } from './store-cause.js';

const CHECK_CLUSTER = 'Run `redis-cli --cluster check HOST:PORT` and bring the missing nodes back.';

/** Failures of a server that accepted the connection. */
export const SERVER_CAUSES: readonly StoreCause[] = [
  cause('timeout', '', 'did not respond in time', CHECK_THAT_IT_RUNS),
  cause(
    'protocol',
    '',
    'does not speak the Redis protocol: another service listens on this port',
    'Correct the host and port in `url`.',
  ),
  cause(
    'topology',
    'CLUSTER_MODE',
    'is a node of a cluster, but the store uses it as a single server',
    'Set `topology = "cluster"`, or remove the key.',
  ),
  cause(
    'topology',
    'NO_CLUSTER_MODE',
    'is not in cluster mode, but the store uses it as a cluster',
    'Set `cluster-enabled yes` on the servers and form the cluster, or `topology = "single"`.',
  ),
  cause(
    'topology',
    'SENTINEL_MODE',
    'is a sentinel, but the store uses it as a Redis server',
    'List it in `sentinels` instead, with `master_name`.',
  ),
  cause(
    'topology',
    'NOT_SENTINEL',
    'cannot be found: an address in `sentinels` is not a sentinel',
    'List the addresses of the sentinels (port 26379 by default), or use `url`.',
  ),
  cause(
    'topology',
    'MAX_CONNECTIONS',
    'needs more connections than `max_connections` allows: one for each primary',
    'Set `max_connections` to at least that number, or remove the key.',
  ),
  cause('topology', '', 'does not match `topology`', 'Remove `topology`.'),
  cause(
    'database',
    'SELECT',
    'has no database with the number in `db`',
    'Set `db = 0`, or raise `databases` on the server.',
  ),
  cause(
    'database',
    'CLUSTER_SELECT',
    'is in cluster mode, which has database 0 only',
    'Remove `db` and the number at the end of `url`.',
  ),
  cause('database', '', 'rejected the database in `db`', 'Set `db = 0`.'),
  cause(
    'oom',
    '',
    'rejects writes: its memory is full',
    'Raise `maxmemory`, or find the largest keys with `redis-cli --bigkeys`.',
  ),
  cause(
    'readonly',
    '',
    'rejects writes: it is a replica',
    'Set `url` to the address of its primary, or set `sentinels` and `master_name`.',
  ),
  cause('loading', '', 'is still loading its data', 'Wait until loading has finished.'),
  cause('busy', '', 'is busy running a script', 'Run `SCRIPT KILL` on the server.'),
  cause(
    'misconf',
    'NOREPLICAS',
    'rejects writes: it has too few replicas',
    'Bring back as many replicas as `min-replicas-to-write` requires.',
  ),
  cause(
    'misconf',
    '',
    'rejects writes: it cannot save its data',
    'Fix the save error in its log: a full disk, or a folder without write permission.',
  ),
  cause(
    'noperm',
    '',
    'denies this user permissions that the store needs',
    'Grant them with `ACL SETUSER`: docs/deployment/security.md has the complete command.',
  ),
  cause(
    'unsupported',
    '',
    'does not support a command that the store needs',
    'Remove `rename-command` from its configuration; a proxy in between must support scripts.',
  ),
  cause(
    'cluster_down',
    'UNCOVERED_SLOT',
    'is a cluster in which some hash slots have no server',
    CHECK_CLUSTER,
  ),
  cause(
    'cluster_down',
    'MOVED ASK CROSSSLOT TRYAGAIN',
    'is a node of a cluster and redirects calls to other nodes',
    'Set `topology = "cluster"`, or remove the key; a client that you provide must be a `Cluster`.',
  ),
  cause(
    'cluster_down',
    'MASTERDOWN',
    'is a replica that has lost its primary',
    'Bring the primary back, or set `url` to its address.',
  ),
  cause('cluster_down', '', 'reports that its cluster is down', CHECK_CLUSTER),
  cause(
    'overload',
    '',
    'was not called: too many calls are waiting already',
    'Start more instances, or investigate the traffic.',
  ),
  cause(
    'circuit_open',
    '',
    'was not called: it failed before, and the next probe is not due yet',
    CHECK_THAT_IT_RUNS,
  ),
  cause(
    'data',
    'WRONGTYPE',
    'holds a value of another type under a key of this package',
    'Delete that key, or set a `key_prefix` that nothing else uses.',
  ),
  cause(
    'data',
    '',
    'replied to the script with an invalid result',
    'Check its log; a proxy in between may not support scripts.',
  ),
  cause('unknown', '', 'failed for an unknown reason', CHECK_THAT_IT_RUNS),
];
