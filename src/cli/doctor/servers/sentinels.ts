import type { StoreUnavailableError } from '../../../core/errors/index.js';
import type { Endpoint } from '../../../stores/redis/endpoint.js';
import type { AdminConnection } from '../../../stores/redis/connection/admin-connection.js';

/** What one sentinel knows. */
export interface SentinelView {
  readonly address: string;
  /** Where it says that the master is; null when it knows none. */
  readonly master: Endpoint | null;
  /** `master`, or with what is wrong: `master,o_down`. */
  readonly flags: string;
  readonly replicas: number;
  /** Itself included. */
  readonly sentinels: number;
  readonly hasQuorum: boolean;
  readonly failure: StoreUnavailableError | null;
}

/** Asks every sentinel for the master. */
export function askSentinels(
  connections: readonly AdminConnection[],
  masterName: string,
): Promise<readonly SentinelView[]> {
  return Promise.all(connections.map((connection) => askSentinel(connection, masterName)));
}

async function askSentinel(connection: AdminConnection, masterName: string): Promise<SentinelView> {
  const { address } = connection;
  const known = await connection.ask('SENTINEL', 'MASTER', masterName);
  if (!known.isAnswer) {
    const nothing = { master: null, flags: '', replicas: 0, sentinels: 0, hasQuorum: false };
    return { address, ...nothing, failure: known.failure };
  }
  const quorum = await connection.ask('SENTINEL', 'CKQUORUM', masterName);
  const fields = fieldsOf(known.value);
  const [host = '', port] = [fields.get('ip'), Number(fields.get('port'))];
  return {
    address,
    master: host === '' || !(port > 0) ? null : { host, port },
    flags: fields.get('flags') ?? '',
    replicas: Number(fields.get('num-slaves') ?? 0),
    sentinels: Number(fields.get('num-other-sentinels') ?? 0) + 1,
    hasQuorum: quorum.isAnswer,
    failure: null,
  };
}

/** Names and values in turn. */
function fieldsOf(reply: unknown): ReadonlyMap<string, string> {
  const flat = Array.isArray(reply) ? reply.map(String) : [];
  const names = flat.filter((_, at) => at % 2 === 0);
  return new Map(names.map((name, at) => [name, flat[2 * at + 1] ?? '']));
}
