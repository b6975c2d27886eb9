import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { FakeClock, overrideRateSync, TestStore } from '@rate-sync/nestjs/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppModule } from './app.module.js';

describe('GET /articles', () => {
  const store = new TestStore(); // replaces every store of the application
  const clock = new FakeClock();
  let app: INestApplication;

  beforeAll(async () => {
    const testing = Test.createTestingModule({ imports: [AppModule] });
    const moduleRef = await overrideRateSync(testing, { store, clock }).compile();
    app = moduleRef.createNestApplication();
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());
  beforeEach(() => {
    store.enforce().clear();
  });

  const get = async () => fetch(`${await app.getUrl()}/articles`);

  it('is denied after two requests, and allowed a minute later', async () => {
    await get();
    await get();
    const denied = await get();
    expect(denied.status).toBe(429);
    expect(denied.headers.get('retry-after')).toBe('60');
    clock.advance(60_000);
    expect((await get()).status).toBe(200);
  });

  it('is not limited where limits are in the way', async () => {
    store.unlimited();
    for (let count = 1; count <= 20; count++) expect((await get()).status).toBe(200);
  });

  it('is closed while the store is down', async () => {
    store.fail();
    expect((await get()).status).toBe(503);
  });
});
