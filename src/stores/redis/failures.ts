import { StoreUnavailableError, type StoreFailureKind } from '../../core/errors.js';
import { failGroup, type Group } from './group.js';

/** The first words of Redis' error replies, and what they mean for a limiter. */
const REPLIES: Readonly<Record<string, StoreFailureKind>> = {
  OOM: 'oom',
  READONLY: 'readonly',
  LOADING: 'loading',
  BUSY: 'busy',
  MISCONF: 'misconf',
  NOREPLICAS: 'misconf',
  NOPERM: 'noperm',
  NOAUTH: 'auth',
  WRONGPASS: 'auth',
  CLUSTERDOWN: 'cluster_down',
  MASTERDOWN: 'cluster_down',
  TRYAGAIN: 'cluster_down',
  CROSSSLOT: 'cluster_down',
  MOVED: 'cluster_down',
  ASK: 'cluster_down',
  WRONGTYPE: 'data',
};

/** Beginnings of what OpenSSL and Node.js call their TLS errors. */
const TLS_CODE =
  /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/;

const SYSTEM_CODE = /^E[A-Z_]+$/;

/** Which store and which of its servers failed. */
export interface Place {
  readonly store: string;
  /** Host and port, without credentials. */
  readonly address: string | null;
}

/** What a failure is, without the foreign error: that one may hold the password. */
export function failureOf(error: unknown, { store, address }: Place): StoreUnavailableError {
  const { kind, code } = classify(error);
  return new StoreUnavailableError({ store, kind, code, address });
}

interface Classified {
  readonly kind: StoreFailureKind;
  readonly code: string | null;
}

/** A failure that a list of attempts ends with is the one to tell. */
const LAST_ERROR = /Last error: (?<last>.*)$/;

/** How Redis 6 and 7.0, and how later versions and Valkey refuse a command of a script. */
const SCRIPT_MAY_NOT = /user executing the script|ACL failure in script/;

function classify(error: unknown): Classified {
  const { message: whole, code } = textsOf(error);
  const message = LAST_ERROR.exec(whole)?.groups?.['last'] ?? whole;
  if (code !== null && TLS_CODE.test(code)) return { kind: 'tls', code };
  if (code !== null && SYSTEM_CODE.test(code)) return { kind: 'connection', code };
  const word = firstWord(message);
  const kind = REPLIES[word];
  if (kind !== undefined) return { kind, code: word };
  if (SCRIPT_MAY_NOT.test(message)) return { kind: 'noperm', code: 'NOPERM' };
  if (/DB index|SELECT is not allowed/.test(message)) return { kind: 'misconf', code: 'SELECT' };
  if (/invalid reply: null|No such master/.test(message)) {
    return { kind: 'connection', code: 'UNKNOWN_MASTER' };
  }
  if (message.includes('max number of clients')) return { kind: 'connection', code: 'MAXCLIENTS' };
  if (/invalid password|without any password|AUTH/.test(message)) {
    return { kind: 'auth', code: word === '' ? null : word };
  }
  if (message.startsWith('Socket timeout')) return { kind: 'timeout', code: 'ETIMEDOUT' };
  if (/unreachable|is closed|isn't writeable|retries per request|ECONN|ENOT/.test(message)) {
    const isAboutSentinels = whole.includes('sentinels are unreachable');
    return {
      kind: 'connection',
      code: codeWithin(message) ?? (isAboutSentinels ? 'NO_SENTINEL' : 'CLOSED'),
    };
  }
  return { kind: word === 'ERR' ? 'data' : 'unknown', code: word === '' ? null : word };
}

/** The first word of an error reply, such as `OOM`; empty when the message does not begin so. */
export function firstWord(message: string): string {
  return /^[A-Z]{2,20}\b/.exec(message)?.[0] ?? '';
}

/** A system code inside of a longer message, such as that of a list of unreachable sentinels. */
function codeWithin(message: string): string | null {
  return /\bE[A-Z]{4,}\b/.exec(message)?.[0] ?? null;
}

function textsOf(error: unknown): { message: string; code: string | null } {
  if (!(error instanceof Error)) return { message: '', code: null };
  const { code } = error as { code?: unknown };
  return { message: error.message, code: typeof code === 'string' ? code : null };
}

/** Fails a group for which there is no room. */
export function overloaded(group: Group, { store, address }: Place): void {
  failGroup(group, new StoreUnavailableError({ store, kind: 'overload', address }));
}
