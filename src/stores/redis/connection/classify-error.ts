import type { StoreFailureKind } from '../../../core/errors/index.js';
import { missingCommand, missingRight, probedCommands, unknownCommand } from './missing-rights.js';

/** The meaning of a foreign error. */
export interface Classified {
  readonly kind: StoreFailureKind;
  readonly failureCode: string | null;
  readonly missing?: string | null;
}

/** The first words of Redis' error replies, and their meaning for a limiter. */
const REPLIES: Readonly<Record<string, StoreFailureKind>> = {
  OOM: 'oom',
  READONLY: 'readonly',
  LOADING: 'loading',
  BUSY: 'busy',
  MISCONF: 'misconf',
  NOREPLICAS: 'misconf',
  NOAUTH: 'auth',
  WRONGPASS: 'auth',
  DENIED: 'auth',
  CLUSTERDOWN: 'cluster_down',
  MASTERDOWN: 'cluster_down',
  TRYAGAIN: 'cluster_down',
  CROSSSLOT: 'cluster_down',
  MOVED: 'cluster_down',
  ASK: 'cluster_down',
  WRONGTYPE: 'data',
};

/** How the codes of TLS errors of OpenSSL and Node.js begin. */
const TLS_CODE =
  /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/;

const SYSTEM_CODE = /^E[A-Z_]+$/;

/** Of a list of attempts, the last failure counts. */
const LAST_ERROR = /Last error: (?<last>.*)$/s;

/** The errors of Redis 6 and 7.0, and of later versions and Valkey, for a forbidden command of a script. */
const SCRIPT_MAY_NOT = /user executing the script|ACL failure in script/;

/** The error of Redis 6 for an error within a script: `ERR Error running script …: -OOM …`. */
const WITHIN_SCRIPT = /@user_script: ?\d+: -(?<word>[A-Z]{2,20})\b/;

/** The errors of ioredis 6 and 5 for bytes that are not RESP, and for a TLS alert. */
const NO_REPLY = /^Unknown RESP type \d+|^Protocol error, got "/;
const TLS_ALERT = /^Unknown RESP type 21\b|^Protocol error, got "\\u0015"/;

/** Causes by a part of the message. The first match counts. */
const MESSAGES: readonly (readonly [RegExp, StoreFailureKind, string])[] = [
  [/DB index|invalid DB/i, 'database', 'SELECT'],
  [/SELECT is not allowed/, 'database', 'CLUSTER_SELECT'],
  [/cluster support disabled/, 'topology', 'NO_CLUSTER_MODE'],
  [/invalid reply: null|No such master/, 'connection', 'UNKNOWN_MASTER'],
  [/max number of clients/, 'connection', 'MAXCLIENTS'],
  [/protected mode/, 'auth', 'DENIED'],
  [/no password is set|without any password/, 'auth', 'NO_PASSWORD_SET'],
  [/invalid password|invalid username-password/, 'auth', 'WRONGPASS'],
  [/^Socket timeout/, 'timeout', 'ETIMEDOUT'],
];

/** Classifies a foreign error. Keeps nothing of it but codes and names of commands. */
export function classify(error: unknown): Classified {
  const { message: whole, code } = textsOf(error);
  if (code !== null && TLS_CODE.test(code)) return { kind: 'tls', failureCode: code };
  if (code !== null && SYSTEM_CODE.test(code)) return { kind: 'connection', failureCode: code };
  const isOfSentinels = whole.includes('sentinels are unreachable');
  const message = LAST_ERROR.exec(whole)?.groups?.['last'] ?? whole;
  const found = ofReply(message) ?? ofMessage(message);
  if (found !== null) return isOfSentinels ? ofSentinels(found) : found;
  if (/unreachable|is closed|isn't writeable|retries per request|ECONN|ENOT/.test(message)) {
    const fallback = isOfSentinels ? 'NO_SENTINEL' : 'CLOSED';
    return { kind: 'connection', failureCode: codeWithin(message) ?? fallback };
  }
  const word = firstWord(message);
  return { kind: word === 'ERR' ? 'data' : 'unknown', failureCode: word === '' ? null : word };
}

/** The first word of an error reply, such as `OOM`; empty when the message does not begin so. */
export function firstWord(message: string): string {
  return /^[A-Z]{2,20}\b/.exec(message)?.[0] ?? '';
}

/** Whether the server does not know the script, as after a restart. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && firstWord(error.message) === 'NOSCRIPT';
}

function ofReply(message: string): Classified | null {
  const word = firstWord(message);
  const code = word === 'ERR' ? (WITHIN_SCRIPT.exec(message)?.groups?.['word'] ?? word) : word;
  const kind = REPLIES[code];
  if (kind !== undefined) return { kind, failureCode: code };
  return ofRights(message) ?? ofUnknown(message);
}

function ofRights(message: string): Classified | null {
  const probed = probedCommands(message);
  if (probed?.why === 'lacks') return noperm(probed.names.map((name) => `+${name}`).join(' '));
  const right = missingRight(message);
  if (right?.kind === 'key') {
    return noperm(/channel/i.test(message) ? null : 'access to the keys of the store');
  }
  const command = right ?? (SCRIPT_MAY_NOT.test(message) ? missingCommand(message) : null);
  if (command !== null) return noperm(command.kind === 'command' ? `+${command.name}` : null);
  return SCRIPT_MAY_NOT.test(message) ? noperm(null) : null;
}

function noperm(missing: string | null): Classified {
  return { kind: 'noperm', failureCode: 'NOPERM', missing };
}

function ofUnknown(message: string): Classified | null {
  const probed = probedCommands(message);
  const isUnknown = probed !== null || /unknown (redis )?command/i.test(message);
  if (!isUnknown) return null;
  const missing = probed?.names.join(' ').toUpperCase() ?? unknownCommand(message);
  return { kind: 'unsupported', failureCode: 'UNKNOWN_COMMAND', missing };
}

function ofMessage(message: string): Classified | null {
  if (TLS_ALERT.test(message)) return { kind: 'tls', failureCode: 'TLS_PORT' };
  if (NO_REPLY.test(message)) return { kind: 'protocol', failureCode: 'NOT_REDIS' };
  const row = MESSAGES.find(([pattern]) => pattern.test(message));
  return row === undefined ? null : { kind: row[1], failureCode: row[2] };
}

/** An error of a sentinel says nothing of the server of the store. */
export function ofSentinels(found: Classified): Classified {
  if (found.kind === 'unsupported') return { kind: 'topology', failureCode: 'NOT_SENTINEL' };
  if (found.kind !== 'auth') return found;
  const isMissing = found.failureCode === 'NOAUTH';
  return { kind: 'auth', failureCode: isMissing ? 'SENTINEL_NOAUTH' : 'SENTINEL_WRONGPASS' };
}

/** A system code within a longer message, such as a list of unreachable sentinels. */
function codeWithin(message: string): string | null {
  return /\bE[A-Z]{4,}\b/.exec(message)?.[0] ?? null;
}

function textsOf(error: unknown): { message: string; code: string | null } {
  if (!(error instanceof Error)) return { message: '', code: null };
  const { code } = error as { code?: unknown };
  return { message: error.message, code: typeof code === 'string' ? code : null };
}
