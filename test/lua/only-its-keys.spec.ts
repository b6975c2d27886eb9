import { afterAll, beforeAll, expect, it } from 'vitest';
import { RespConnection } from '../support/redis/resp.js';
import {
  all,
  any,
  bucketOf,
  forget,
  release,
  releaseAll,
  hold,
  keep,
  leave,
  probe,
  freeSlot,
  renew,
  slotsOf,
  take,
  takeAndHold,
  windowOf,
  type ScriptOperation,
} from './operations.js';
import { keysOf, ScriptRunner, SERVER_TIME, type OperationReply } from './script-runner.js';

/** All commands of the script: the rights that a restricted user needs. */
const COMMANDS = [
  ...['evalsha', 'time', 'get', 'set', 'del', 'pexpire', 'getrange', 'setrange'],
  ...['zcount', 'zcard', 'zrange', 'zadd', 'zscore', 'zrem', 'zremrangebyscore'],
];

const PASSWORD = 'of-a-test';
const T = 1_790_000_000_000_000;
const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;

const bucket = bucketOf('bucket', 100_000, 10);
const small = windowOf('small', 10, 1_000);
const ring = windowOf('ring', 400, 1_000);
const slots = slotsOf('slots', 3, 1_000);

/** A history that comes by every line of the script that touches a key. */
const HISTORY: readonly (readonly [nowUs: number, ...operations: readonly ScriptOperation[]])[] = [
  [T, all(take(bucket, { cost: 10 })), all(take(bucket)), all(take(bucket, { cost: 0 }))],
  [T, all(take(bucket, { maxWaitMs: 100 })), release(bucket, { cost: 1, reservation: T + SECOND })],
  [T - HOUR, all(take(bucket))],
  [T - HOUR, release(bucket, { cost: 3 }), release(bucket, { cost: 100 })],
  [
    T,
    all(take(small, { cost: 9 })),
    all(take(small)),
    all(take(small)),
    all(take(small, { cost: 0 })),
  ],
  [T, all(take(small, { maxWaitMs: 1_000 })), release(small, { cost: 1 })],
  [T - HOUR, all(take(small, { cost: 10 }))],
  [T - HOUR, release(small, { cost: 1 }), release(small, { cost: 100 })],
  [T, all(take(ring, { cost: 256 })), all(take(ring))],
  [T + 1_000, all(take(ring, { cost: 100 }))],
  [T + SECOND, all(take(ring, { cost: 200 })), all(take(ring, { cost: 240 }))],
  [T + SECOND, release(ring, { cost: 5 }), all(take(windowOf('ring', 560, 1_000), { cost: 40 }))],
  [T - HOUR, all(take(ring, { cost: 400 }))],
  [T, all(hold(slots, 'x')), all(hold(slots, 'y')), all(hold(slots, 'z')), all(hold(slots, 'w'))],
  [T, renew(slots, 'x', 'stranger'), freeSlot(slots, 'x'), freeSlot(slots, 'stranger')],
  [T, all(hold(slots, 'w', 9)), all(hold(slots, 'o:1', 9)), keep(slots, 9, 'o', ':1', ':2', '.')],
  [
    T,
    freeSlot(slots, 'y'),
    all(hold(slots, 'v')),
    all(hold(slots, 'o:1', 9)),
    leave(slots, 'o', ':2'),
  ],
  [T + 2 * SECOND, all(hold(slots, 'x')), renew(slots, 'x')],
  [T, all(take(bucket), take(small), hold(slots, 'w')), any(take(bucket), take(small))],
  [
    T,
    all(takeAndHold(bucket, slots, { lease: 'v' })),
    all(takeAndHold(small, slots, { lease: 'v' })),
  ],
  [T, releaseAll(bucket, slots, { lease: 'v', cost: 1 })],
  [T, probe('one', 'two'), forget('bucket', 'small', 'ring', 'slots')],
  [SERVER_TIME, all(take(bucket)), all(take(small)), all(hold(slots, 'x'))],
];

/** What does not depend on the time of the server. */
function codesOf({ results }: OperationReply): readonly (number | undefined)[] {
  return results.map(([code]) => code);
}

let script: ScriptRunner;
let restricted: RespConnection;
beforeAll(async () => {
  script = await ScriptRunner.start();
  const commands = COMMANDS.map((command) => `+${command}`);
  await script.command('ACL', 'SETUSER', 'restricted', 'on', `>${PASSWORD}`, ...commands);
  const login = { username: 'restricted', password: PASSWORD };
  restricted = await RespConnection.open(script.server.port, { ...login, encoding: 'latin1' });
});
afterAll(async () => {
  restricted.close();
  await script.stop();
});

/** Lets the restricted user use these keys, and no others. */
async function allow(keys: readonly string[]): Promise<void> {
  const patterns = keys.map((key) => `~${key}`);
  await script.command('ACL', 'SETUSER', 'restricted', 'resetkeys', ...patterns);
}

it('accesses only the keys of the call and uses only these commands', async () => {
  const asRestricted = new ScriptRunner(script.server, restricted);
  const results: OperationReply[] = [];
  for (const [nowUs, ...operations] of HISTORY) {
    await allow(operations.flatMap(keysOf));
    results.push(...(await asRestricted.run(nowUs, ...operations)));
  }
  await script.command('FLUSHALL');
  const expected: OperationReply[] = [];
  for (const [nowUs, ...operations] of HISTORY)
    expected.push(...(await script.run(nowUs, ...operations)));
  expect(results.map(codesOf)).toEqual(expected.map(codesOf));
  expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
});

it('fails for a key that the user may not access', async () => {
  await allow(['small']);
  const asRestricted = new ScriptRunner(script.server, restricted);
  await expect(asRestricted.run(T, all(take(bucket)))).rejects.toMatchObject({ code: 'NOPERM' });
});

it('needs every one of these commands', async () => {
  await script.command('CONFIG', 'RESETSTAT');
  for (const [nowUs, ...operations] of HISTORY) await script.run(nowUs, ...operations);
  const stats = await script.server.info('commandstats');
  expect(Object.keys(stats)).toEqual(
    expect.arrayContaining(COMMANDS.map((command) => `cmdstat_${command}`)),
  );
});
