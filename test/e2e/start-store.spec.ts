import { Controller, Get } from '@nestjs/common';
import { RateLimit, StoreUnavailableError, type MaybePromise } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { CANARY, commandedStores, rejects } from '../support/http/commanded-store.js';
import { RecordedLog } from '../support/http/recorded-log.js';
import { nextTurn } from '../support/http/unhandled.js';
import { create, limits, serve, windowOf } from '../support/http/serve.js';

@Controller()
class LoginController {
  @Get()
  @RateLimit('login_ip')
  login(): string {
    return 'welcome';
  }
}

const config = limits({ login_ip: windowOf(3, { failClosed: true }) });

const refused = () =>
  new StoreUnavailableError({
    storeId: 'main',
    kind: 'connection',
    failureCode: 'ECONNREFUSED',
    address: 'redis.internal:6379',
  });

/** An application whose store says this when it is checked. */
function parts(check: () => MaybePromise<void>, onStartupFailure?: 'throw' | 'degrade') {
  const stores = commandedStores((store) => {
    store.checking = check;
  });
  const { openStore } = stores;
  const rateSync = { config, onStartupFailure };
  return { stores, app: { controllers: [LoginController], rateSync, openStore } };
}

async function startOf(adapter: Adapter, app: Parameters<typeof create>[1], log: RecordedLog) {
  const created = await create(adapter, app, log);
  await created.listen(0, '127.0.0.1');
}

describe.each(ADAPTERS)('a store that does not answer at the start on $name', (adapter) => {
  it('stops the start, and the error names the store and the cause', async () => {
    const { app } = parts(() => Promise.reject(refused()));
    await expect(startOf(adapter, app, new RecordedLog())).rejects.toMatchObject({
      code: 'RATE_SYNC_STORE_UNAVAILABLE',
      storeId: 'main',
      kind: 'connection',
      failureCode: 'ECONNREFUSED',
      message: expect.stringContaining('store "main" at redis.internal:6379') as string,
    });
  });

  it.each([
    ['rejects', () => Promise.reject(new Error(`AUTH default ${CANARY}`))],
    [
      'throws',
      () => {
        throw new Error(`AUTH default ${CANARY}`);
      },
    ],
  ])('is named when it %s with a foreign error, whose text is not shown', async (_, check) => {
    const { app } = parts(check);
    const error: unknown = await startOf(adapter, app, new RecordedLog()).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'RATE_SYNC_STORE_UNAVAILABLE', storeId: 'main' });
    expect(String((error as Error).stack)).not.toContain(CANARY);
  });

  it('is closed when the start fails', async () => {
    const { app, stores } = parts(() => Promise.reject(refused()));
    await expect(startOf(adapter, app, new RecordedLog())).rejects.toThrow();
    expect(stores.store().isClosed).toBe(true);
  });

  it('stops the start also when it never answers', async () => {
    const clock = new FakeClock();
    const { app } = parts(() => new Promise<never>(() => undefined));
    const start = startOf(adapter, { ...app, clock }, new RecordedLog());
    const outcome = start.catch((reason: unknown) => reason);
    for (let turn = 0; turn < 20; turn++) await clock.advanceAndSettle(5_000);
    const soFar: unknown = await Promise.race([outcome, nextTurn().then(() => 'still starting')]);
    expect(soFar).toMatchObject({ code: 'RATE_SYNC_STORE_UNAVAILABLE', kind: 'timeout' });
  });

  it('does not stop the start of an application that wants to degrade', async () => {
    const { app, stores } = parts(() => Promise.reject(refused()), 'degrade');
    const { get, log } = await serve(adapter, app);
    const lines = log.lines.filter(({ level }) => level === 'error');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.text).toContain('store "main" at redis.internal:6379');
    stores.store().behaviour = rejects;
    expect((await get('/')).status).toBe(503);
    stores.store().behaviour = (decide) => decide();
    expect((await get('/')).headers['ratelimit']).toBe('"login_ip";r=2;t=300');
  });

  it('writes no foreign error text to the log of a degraded start', async () => {
    const { app } = parts(() => Promise.reject(new Error(`AUTH default ${CANARY}`)), 'degrade');
    const { log } = await serve(adapter, app);
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(log.text).toContain('store "main"');
    expect(log.text).not.toContain(CANARY);
  });
});

describe.each(ADAPTERS)('a configuration with keys that have no effect on $name', (adapter) => {
  it('C3: starts, and logs each of them once', async () => {
    const stores = { main: { strategy: 'memory', poolMinSize: 2 } as const };
    const { log, get } = await serve(adapter, {
      controllers: [LoginController],
      rateSync: { config: { ...config, stores } },
    });
    expect((await get('/')).status).toBe(200);
    expect(log.having('poolMinSize')).toMatchObject([
      {
        level: 'warn',
        message: expect.stringMatching(
          /^configuration: stores\.main\.poolMinSize: has no effect here/,
        ) as string,
      },
    ]);
  });
});
