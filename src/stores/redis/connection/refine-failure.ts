import { connect } from 'node:net';
import { connect as connectWithTls } from 'node:tls';
import { StoreUnavailableError } from '../../../core/errors/index.js';
import type { Endpoint } from '../endpoint.js';
import type { RedisSettings } from '../settings.js';

/** A server that lets nobody in says why at once; one that is well answers PING as fast. */
const LISTEN_MS = 300;

/** Ways in which connections end that say little of why. */
const VAGUE: readonly string[] = ['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'CLOSED', 'ETIMEDOUT'];

/** What a Redis server says to PING, by the bytes that replies begin with. */
const REPLY = /^[+-]/;

type Refined = Pick<StoreUnavailableError, 'kind'> & { readonly failureCode: string };

/**
 * Finds out more about a connection that was cut off, from what the server says on another one: a
 * client that has already spoken may lose that to the reset of the connection. Never rejects. Takes
 * at most `socket_connect_timeout` and a second.
 */
export async function refineFailure(
  failure: StoreUnavailableError,
  endpoint: Endpoint,
  settings: Pick<RedisSettings, 'tls' | 'socketConnectTimeoutMs'>,
): Promise<StoreUnavailableError> {
  const { storeId, address, kind, failureCode } = failure;
  const isVague = failureCode === null || VAGUE.includes(failureCode);
  if (kind !== 'connection' || !isVague) return failure;
  const refined = await listen(endpoint, settings);
  return refined === null ? failure : new StoreUnavailableError({ storeId, address, ...refined });
}

async function listen(
  endpoint: Endpoint,
  { tls, socketConnectTimeoutMs }: Pick<RedisSettings, 'tls' | 'socketConnectTimeoutMs'>,
): Promise<Refined | null> {
  const words = await firstWords(endpoint, socketConnectTimeoutMs);
  if (words === null) return null;
  if (words.includes('max number of clients'))
    return { kind: 'connection', failureCode: 'MAXCLIENTS' };
  if (words.startsWith('-DENIED')) return { kind: 'auth', failureCode: 'DENIED' };
  if (words.startsWith('HTTP/')) return { kind: 'protocol', failureCode: 'NOT_REDIS' };
  if (REPLY.test(words)) return tls === null ? null : { kind: 'tls', failureCode: 'NO_TLS' };
  const secure = await shakeHands(endpoint);
  if (tls === null) return secure === 'none' ? null : { kind: 'tls', failureCode: 'TLS_PORT' };
  const lacksCertificate = secure === 'certificate' && tls.certFile === null;
  return lacksCertificate ? { kind: 'tls', failureCode: 'CLIENT_CERTIFICATE' } : null;
}

/** What is said to PING on a new connection; null when there is none. */
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
      socket.write('PING\r\n');
    });
    socket.on('data', (chunk: Buffer) => {
      words = chunk.toString('latin1');
      end();
    });
    socket.on('error', end);
    socket.on('close', end);
  });
}

/** Whether a port speaks TLS, and whether it asks for a certificate of the client. */
function shakeHands(endpoint: Endpoint): Promise<'none' | 'open' | 'certificate'> {
  return new Promise((resolve) => {
    // Nothing is sent: whose certificate it is does not matter.
    const socket = connectWithTls({ ...endpoint, rejectUnauthorized: false });
    let found: 'none' | 'open' | 'certificate' = 'none';
    const end = (): void => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(LISTEN_MS, end);
    socket.on('secureConnect', () => {
      found = 'open';
    });
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/.test(code)) found = 'certificate';
      end();
    });
    socket.on('close', end);
  });
}
