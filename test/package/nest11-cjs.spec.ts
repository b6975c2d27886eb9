import { describe, expect, it } from 'vitest';
import { RedisServer } from '../support/redis/redis-server.js';
import { expectCommand } from './command.js';
import { consumerApp } from './consumer.js';
import { expectNoOptionalPeers } from './optional-peers.js';
import { expectServed } from './served.js';

describe('in a Nest 11 application of CommonJS, compiled the way of Nest 10', () => {
  const app = consumerApp('nest11-cjs');

  it('needs none of the optional peers', async () => {
    await expectNoOptionalPeers(app);
  });

  it('compiles, with its types checked', async () => {
    await app.script('build');
  });

  it('limits', async () => {
    expectServed(await app.report('start'));
  });

  it('limits in Redis', async () => {
    const redis = await RedisServer.start();
    try {
      expectServed(await app.report('start', { REDIS_URL: redis.url }));
      expect(await redis.command('KEYS', 'rs:v1:*login_ip:w')).toHaveLength(2);
    } finally {
      await redis.stop();
    }
  });

  it('has the command', async () => {
    await expectCommand(app);
  });

  it('tells Terminus 11 how it is', async () => {
    await app.install('@nestjs/terminus@11.1.1');
    expect(await app.report('health')).toEqual({
      there: { healthy: 'up', ready: 'up', degraded: false },
      gone: { healthy: 'down', ready: 'up', degraded: true },
    });
  });
});
