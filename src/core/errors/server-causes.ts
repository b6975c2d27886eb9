import { cause, CHECK_THAT_IT_RUNS, type StoreCause } from './store-cause.js';

const CHECK_CLUSTER = 'Run `redis-cli --cluster check HOST:PORT` and bring the missing nodes back.';

/** What a server that is connected to says, or does not say. */
export const SERVER_CAUSES: readonly StoreCause[] = [
  cause('timeout', '', 'did not answer in time', CHECK_THAT_IT_RUNS),
  cause(
    'protocol',
    '',
    'does not answer as Redis does: something else listens on this port',
    'Correct the host and port in `url`.',
  ),
  cause(
    'topology',
    'CLUSTER_MODE',
    'is a node of a cluster, and the store uses it as a single server',
    'Set `topology = "cluster"`, or leave the key out.',
  ),
  cause(
    'topology',
    'NO_CLUSTER_MODE',
    'is not in cluster mode, and the store uses it as a cluster',
    'Set `cluster-enabled yes` on the servers and form the cluster, or `topology = "single"`.',
  ),
  cause(
    'topology',
    'SENTINEL_MODE',
    'is a sentinel, and the store uses it as a server',
    'List it in `sentinels` instead, with `master_name`.',
  ),
  cause(
    'topology',
    'NOT_SENTINEL',
    'cannot be found: what `sentinels` names is no sentinel',
    'Write the addresses of the sentinels (port 26379 by default), or use `url`.',
  ),
  cause(
    'topology',
    'MAX_CONNECTIONS',
    'needs more connections than `max_connections` allows, one for each primary',
    'Set `max_connections` to that number or more, or leave the key out.',
  ),
  cause('topology', '', 'is not what `topology` says', 'Leave `topology` out.'),
  cause(
    'database',
    'SELECT',
    'does not have the database that `db` names',
    'Set `db = 0`, or raise `databases` on the server.',
  ),
  cause(
    'database',
    'CLUSTER_SELECT',
    'is in cluster mode, where there is only database 0',
    'Take `db` and the number at the end of `url` out.',
  ),
  cause('database', '', 'refused the database that `db` names', 'Set `db = 0`.'),
  cause(
    'oom',
    '',
    'refuses writes: its memory is full',
    'Raise `maxmemory`, or find what fills it with `redis-cli --bigkeys`.',
  ),
  cause(
    'readonly',
    '',
    'refuses writes: it is a replica',
    'Put the address of its primary into `url`, or list `sentinels` and `master_name`.',
  ),
  cause('loading', '', 'is still loading its data', 'Wait until it has.'),
  cause('busy', '', 'is busy with a script', 'Run `SCRIPT KILL` on the server.'),
  cause(
    'misconf',
    'NOREPLICAS',
    'refuses writes: it lacks replicas',
    'Bring back as many replicas as `min-replicas-to-write` asks for.',
  ),
  cause(
    'misconf',
    '',
    'refuses writes: it cannot save its data',
    'Mend what its log says of saving: a full disk, or a folder that it may not write.',
  ),
  cause(
    'noperm',
    '',
    'refuses this user what the store needs',
    'Grant it with `ACL SETUSER`: docs/deployment/security.md has the whole line.',
  ),
  cause(
    'unsupported',
    '',
    'does not know a command that the store needs',
    'Take `rename-command` out of its configuration; a proxy in between must pass scripts on.',
  ),
  cause(
    'cluster_down',
    'UNCOVERED_SLOT',
    'is a cluster in which nobody serves some of the slots',
    CHECK_CLUSTER,
  ),
  cause(
    'cluster_down',
    'MOVED ASK CROSSSLOT TRYAGAIN',
    'is a node of a cluster that sends calls on to other nodes',
    'Set `topology = "cluster"`, or leave the key out; a client of your own must be a `Cluster`.',
  ),
  cause(
    'cluster_down',
    'MASTERDOWN',
    'is a replica that has lost its primary',
    'Bring the primary back, or put its address into `url`.',
  ),
  cause('cluster_down', '', 'says that its cluster is down', CHECK_CLUSTER),
  cause(
    'overload',
    '',
    'was not asked: too many calls wait already',
    'Start more instances, or find out who sends so many.',
  ),
  cause(
    'circuit_open',
    '',
    'was not asked: it has failed before, and the next probe is not due yet',
    CHECK_THAT_IT_RUNS,
  ),
  cause(
    'data',
    'WRONGTYPE',
    'holds something else under a key of ours',
    'Delete that key, or set `key_prefix` so that nobody else uses it.',
  ),
  cause(
    'data',
    '',
    'answered the script with something that cannot be an answer',
    'Look into its log; a proxy in between may not pass scripts on.',
  ),
  cause('unknown', '', 'failed in a way that is not known', CHECK_THAT_IT_RUNS),
];
