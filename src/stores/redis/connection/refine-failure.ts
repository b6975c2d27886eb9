import { connect } from 'node:net';
import { connect as connectWithTls } from 'node:tls';
import { StoreUnavailableError } from '../../../core/errors/index.js';
import type { Endpoint } from '../endpoint.js';
import type { RedisSettings } from '../settings.js';

/** A server that accepts no connections reports why at once; a healthy one replies to PING as fast. */
const REPLY_MS = 300;

/** Codes that say little about the cause. */
const VAGUE: readonly string[] = ['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'CLOSED', 'ETIMEDOUT'];

/** The first byte of a reply to PING. */
const REPLY = /^[+-]/;

type Refined = Pick<StoreUnavailableError, 'kind'> & { readonly failureCode: string };

/**
 * Finds the cause of a lost connection from the first reply on another one: the reset of a connection
 * may discard the error that the server sent. Never rejects. Takes at most `socket_connect_timeout`
 * and a second.
 */
export async function refineFailure(
  failure: StoreUnavailableError,
  endpoint: Endpoint,
  settings: Pick<RedisSettings, 'tls' | 'socketConnectTimeoutMs'>,
): Promise<StoreUnavailableError> {
  const { storeId, address, kind, failureCode } = failure;
  const isVague = failureCode === null || VAGUE.includes(failureCode);
  if (kind !== 'connection' || !isVague) return failure;
  const refined = await inspect(endpoint, settings);
  return refined === null ? failure : new StoreUnavailableError({ storeId, address, ...refined });
}

async function inspect(
  endpoint: Endpoint,
  { tls, socketConnectTimeoutMs }: Pick<RedisSettings, 'tls' | 'socketConnectTimeoutMs'>,
): Promise<Refined | null> {
  const reply = await firstReply(endpoint, socketConnectTimeoutMs);
  if (reply === null) return null;
  if (reply.includes('max number of clients'))
    return { kind: 'connection', failureCode: 'MAXCLIENTS' };
  if (reply.startsWith('-DENIED')) return { kind: 'auth', failureCode: 'DENIED' };
  if (reply.startsWith('HTTP/')) return { kind: 'protocol', failureCode: 'NOT_REDIS' };
  if (REPLY.test(reply)) return tls === null ? null : { kind: 'tls', failureCode: 'NO_TLS' };
  const secure = await shakeHands(endpoint);
  if (tls === null) return secure === 'none' ? null : { kind: 'tls', failureCode: 'TLS_PORT' };
  const lacksCertificate = secure === 'certificate' && tls.certFile === null;
  return lacksCertificate ? { kind: 'tls', failureCode: 'CLIENT_CERTIFICATE' } : null;
}

/** The reply to PING on a new connection, empty without one; null without a connection. */
function firstReply(endpoint: Endpoint, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ ...endpoint });
    let reply: string | null = null;
    const end = (): void => {
      socket.destroy();
      resolve(reply);
    };
    socket.setTimeout(timeoutMs, end);
    socket.on('connect', () => {
      reply = '';
      socket.setTimeout(REPLY_MS);
      socket.write('PING\r\n');
    });
    socket.on('data', (chunk: Buffer) => {
      reply = chunk.toString('latin1');
      end();
    });
    socket.on('error', end);
    socket.on('close', end);
  });
}

/** Whether a port speaks TLS, and whether it requires a certificate of the client. */
function shakeHands(endpoint: Endpoint): Promise<'none' | 'open' | 'certificate'> {
  return new Promise((resolve) => {
    // Nothing is sent, so the certificate need not be verified.
    const socket = connectWithTls({ ...endpoint, rejectUnauthorized: false });
    let found: 'none' | 'open' | 'certificate' = 'none';
    const end = (): void => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(REPLY_MS, end);
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
