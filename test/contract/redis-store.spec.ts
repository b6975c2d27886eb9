import { afterAll, beforeAll, describe, it } from 'vitest';
import { RedisStore } from '../../src/stores/redis/redis-store.js';
import { describeStoreContract } from '../../src/testing/index.js';
import { redisSettings } from '../support/redis-settings.js';
import { RedisServer } from '../support/redis/redis-server.js';

const START_US = 1_790_000_000_000_000;

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(async () => {
  await server.stop();
});

describeStoreContract('RedisStore', { describe, it }, async () => {
  await server.command('FLUSHALL');
  let nowUs = START_US;
  const settings = redisSettings({ url: server.url, decisionTimeout: 5 });
  const store = new RedisStore(settings, { nowUs: () => nowUs });
  await store.check();
  return {
    store,
    advance: (byMs) => {
      nowUs += byMs * 1_000;
    },
    close: () => store.close(),
  };
});
