import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { failureOf } from './failures.js';

const origin = { storeId: 'main', address: 'h:6379' };

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code} 127.0.0.1:6379`), { code });
}

describe('the failure of an error', () => {
  it.each([
    ["OOM command not allowed when used memory > 'maxmemory'.", 'oom', 'OOM'],
    ["READONLY You can't write against a read only replica.", 'readonly', 'READONLY'],
    ['LOADING Redis is loading the dataset in memory', 'loading', 'LOADING'],
    ['BUSY Redis is busy running a script.', 'busy', 'BUSY'],
    ['MISCONF Redis is configured to save RDB snapshots', 'misconf', 'MISCONF'],
    ["NOPERM this user has no permissions to run the 'evalsha' command", 'noperm', 'NOPERM'],
    ["ERR The user executing the script can't run this command", 'noperm', 'NOPERM'],
    [
      "ERR ACL failure in script: User app has no permissions to run the 'set' command",
      'noperm',
      'NOPERM',
    ],
    ['NOAUTH Authentication required.', 'auth', 'NOAUTH'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'auth', 'WRONGPASS'],
    ['CLUSTERDOWN The cluster is down', 'cluster_down', 'CLUSTERDOWN'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'data', 'WRONGTYPE'],
    ['ERR DB index is out of range', 'database', 'SELECT'],
    ['ERR invalid DB index', 'database', 'SELECT'],
    ['ERR SELECT is not allowed in cluster mode', 'database', 'CLUSTER_SELECT'],
    ['ERR max number of clients reached', 'connection', 'MAXCLIENTS'],
    ['ERR user_script:1: something', 'data', 'ERR'],
    ['Connection is closed.', 'connection', 'CLOSED'],
    ["Socket timeout. Expecting data, but didn't receive any in 5000ms.", 'timeout', 'ETIMEDOUT'],
    [
      'All sentinels are unreachable. Last error: NOAUTH Authentication required.',
      'auth',
      'SENTINEL_NOAUTH',
    ],
    [
      'All sentinels are unreachable. Last error: WRONGPASS invalid username-password pair',
      'auth',
      'SENTINEL_WRONGPASS',
    ],
    [
      "All sentinels are unreachable. Last error: ERR unknown command 'sentinel', with args",
      'topology',
      'NOT_SENTINEL',
    ],
    [
      'All sentinels are unreachable. Last error: connect ECONNREFUSED',
      'connection',
      'ECONNREFUSED',
    ],
    [
      'All sentinels are unreachable. Last error: ERR No such master',
      'connection',
      'UNKNOWN_MASTER',
    ],
    [
      'All sentinels are unreachable. Last error: Connection is closed.',
      'connection',
      'NO_SENTINEL',
    ],
    ['DENIED Redis is running in protected mode because', 'auth', 'DENIED'],
    ['ERR invalid password', 'auth', 'WRONGPASS'],
    ['ERR Client sent AUTH, but no password is set', 'auth', 'NO_PASSWORD_SET'],
    ['NOREPLICAS Not enough good replicas to write.', 'misconf', 'NOREPLICAS'],
    ['MOVED 1 127.0.0.1:1', 'cluster_down', 'MOVED'],
    ['MASTERDOWN Link with MASTER is down', 'cluster_down', 'MASTERDOWN'],
    ['ERR This instance has cluster support disabled', 'topology', 'NO_CLUSTER_MODE'],
    ['Unknown RESP type 72 "H". Please report this.', 'protocol', 'NOT_REDIS'],
    ['Protocol error, got "H" as reply type byte. Please report this.', 'protocol', 'NOT_REDIS'],
    ['Unknown RESP type 21 "\u0015". Please report this.', 'tls', 'TLS_PORT'],
    [
      "ERR unknown command 'EVALSHA', with args beginning with: 'x'",
      'unsupported',
      'UNKNOWN_COMMAND',
    ],
    [
      'ERR Error running script (call to f_12): @user_script:1: @user_script: 1: -OOM command not',
      'oom',
      'OOM',
    ],
    ['something else', 'unknown', null],
  ])('follows from the message of the server: %s', (message, kind, failureCode) => {
    expect(failureOf(new Error(message), origin)).toMatchObject({ kind, failureCode });
  });

  it.each([
    ['ECONNREFUSED', 'connection'],
    ['ECONNRESET', 'connection'],
    ['ENOTFOUND', 'connection'],
    ['EAI_AGAIN', 'connection'],
    ['EHOSTUNREACH', 'connection'],
    ['ENETUNREACH', 'connection'],
    ['ETIMEDOUT', 'connection'],
    ['ENOENT', 'connection'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
  ])('follows from the code of the system: %s', (code, kind) => {
    expect(failureOf(systemError(code), origin)).toMatchObject({ kind, failureCode: code });
  });

  it.each([
    ["NOPERM this user has no permissions to run the 'evalsha' command", '+evalsha'],
    ["NOPERM User app has no permissions to run the 'config|get' command", '+config|get'],
    [
      'NOPERM this user has no permissions to access one of the keys',
      'access to the keys of the store',
    ],
    ["ERR ACL failure in script: User app has no permissions to run the 'set' command", '+set'],
    ["ERR The user executing the script can't run this command or subcommand", null],
    ['ERR user_script:9: RATE_SYNC_LACKS GET ZREM. script: 12ab', '+get +zrem'],
    ['ERR user_script:9: RATE_SYNC_UNKNOWN GET ZREM. script: 12ab', 'GET ZREM'],
    ['ERR unknown command `EVALSHA`, with args beginning with: `canary`', 'EVALSHA'],
    ["ERR unknown command 'no such thing as this', with args", null],
    ['OOM command not allowed', null],
  ])('D14: names the missing commands, and keeps no other word: %s', (message, missing) => {
    expect(failureOf(new Error(message), origin)).toMatchObject({ missing });
  });

  it('keeps nothing of an error that holds a password', () => {
    const error = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
      command: { name: 'hello', args: ['3', 'AUTH', 'default', 'canary'] },
    });
    expect(inspect(failureOf(error, origin), { depth: 10, showHidden: true })).not.toContain(
      'canary',
    );
  });

  it.each([[undefined], [null], ['text'], [{}]])(
    'is unknown for a value that is not an error: %j',
    (thrown) => {
      expect(failureOf(thrown, origin)).toMatchObject({ kind: 'unknown', failureCode: null });
    },
  );
});
