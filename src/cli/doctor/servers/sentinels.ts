import type { StoreUnavailableError } from '../../../core/errors/index.js';
import type { Endpoint } from '../../../stores/redis/endpoint.js';
import type { AdminConnection } from '../../../stores/redis/connection/admin-connection.js';

/** The reply of one sentinel. */
export interface SentinelReply {
  readonly address: string;
  /** The address of the master; null when the sentinel knows none. */
  readonly master: Endpoint | null;
  /** `master`, or with a failure: `master,o_down`. */
  readonly flags: string;
  readonly replicas: number;
  /** Itself included. */
  readonly sentinels: number;
  readonly hasQuorum: boolean;
  readonly failure: StoreUnavailableError | null;
}

/** Requests the master from every sentinel. */
export function querySentinels(
  connections: readonly AdminConnection[],
  masterName: string,
): Promise<readonly SentinelReply[]> {
  return Promise.all(connections.map((connection) => querySentinel(connection, masterName)));
}

async function querySentinel(
  connection: AdminConnection,
  masterName: string,
): Promise<SentinelReply> {
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

/** The fields of a flat reply of names and values. */
function fieldsOf(reply: unknown): ReadonlyMap<string, string> {
  const flat = Array.isArray(reply) ? reply.map(String) : [];
  const names = flat.filter((_, index) => index % 2 === 0);
  return new Map(names.map((name, index) => [name, flat[2 * index + 1] ?? '']));
}
