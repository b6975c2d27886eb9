import { afterEach, describe, expect, it } from 'vitest';
import { RespConnection } from '../support/redis/resp.js';
import { SentinelSet } from '../support/redis/sentinel-set.js';

describe('sentinels of the harness', () => {
  let set: SentinelSet | undefined;
  afterEach(() => set?.stop());

  it.each([
    ['without passwords', {}],
    ['with passwords', { password: 'data-pw', sentinelPassword: 'sentinel-pw' }],
  ])('promote a replica when the master dies, %s', async (_, options) => {
    set = await SentinelSet.start(options);
    const before = await set.master();
    expect(before).toBe(set.servers[0]);
    await before.command('SET', 'a', 1);
    await before.command('WAIT', 2, 1_000);
    await set.killMaster();
    const after = await set.promoted(before.port);
    expect(after).not.toBe(before);
    expect(await after.command('GET', 'a')).toBe('1');
    expect(await after.command('SET', 'a', 2)).toBe('OK');
    await set.sentinels[0]?.restart();
    expect(await set.master()).toBe(after);
  });

  it('ask for their own password', async () => {
    const options = { password: 'data-pw', sentinelPassword: 'sentinel-pw' };
    set = await SentinelSet.start({ ...options, replicas: 1 });
    const port = set.sentinels[0]?.port ?? 0;
    const anonymous = await RespConnection.open(port);
    const name = set.masterName;
    await expect(
      anonymous.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name),
    ).rejects.toMatchObject({ code: 'NOAUTH' });
    const known = await RespConnection.open(port, { password: options.sentinelPassword });
    expect(await known.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)).toEqual([
      '127.0.0.1',
      String((await set.master()).port),
    ]);
    const data = RespConnection.open((await set.master()).port, { password: 'data-pw' });
    expect(await (await data).command('PING')).toBe('PONG');
  });
});
