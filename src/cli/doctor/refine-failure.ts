import { connect } from 'node:net';
import type { RedisStoreSettings } from '../../config/index.js';
import { StoreUnavailableError } from '../../core/errors.js';
import type { Endpoint } from '../../stores/redis/endpoint.js';

/** A server that lets nobody in says why at once, without being asked. */
const LISTEN_MS = 300;

/** Ways in which connections end that say little of why. */
const VAGUE: readonly string[] = ['EPIPE', 'ECONNRESET', 'CLOSED', 'ETIMEDOUT'];

/**
 * Finds out more about a connection that was cut off: what the server says to somebody who only
 * listens. A client that already speaks may lose that to the reset of the connection.
 */
export async function refineFailure(
  failure: StoreUnavailableError,
  endpoint: Endpoint,
  { tls, socketConnectTimeoutMs }: RedisStoreSettings,
): Promise<StoreUnavailableError> {
  const { store, address, kind, failureCode } = failure;
  if (kind !== 'connection' || (failureCode !== null && !VAGUE.includes(failureCode))) {
    return failure;
  }
  const words = await firstWords(endpoint, socketConnectTimeoutMs);
  if (words === null) return failure;
  if (words.includes('max number of clients')) {
    return new StoreUnavailableError({ store, address, kind, code: 'MAXCLIENTS' });
  }
  if (words.startsWith('-DENIED')) {
    return new StoreUnavailableError({ store, address, kind: 'auth', code: 'DENIED' });
  }
  const isDeaf = tls !== null && failureCode === 'ETIMEDOUT';
  return isDeaf
    ? new StoreUnavailableError({ store, address, kind: 'tls', code: 'NO_TLS' })
    : failure;
}

/** What is said on a new connection before anything is asked; null when there is none. */
function firstWords(endpoint: Endpoint, patienceMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ ...endpoint });
    let words: string | null = null;
    const end = (): void => {
      socket.destroy();
      resolve(words);
    };
    socket.setTimeout(patienceMs, end);
    socket.on('connect', () => {
      words = '';
      socket.setTimeout(LISTEN_MS);
    });
    socket.on('data', (chunk: Buffer) => {
      words = chunk.toString('latin1');
      end();
    });
    socket.on('error', end);
    socket.on('close', end);
  });
}
