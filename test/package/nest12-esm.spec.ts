import { describe, expect, it } from 'vitest';
import { RedisServer } from '../support/redis/redis-server.js';
import { expectCommand } from './command.js';
import { consumerApp } from './consumer.js';
import { expectNoOptionalPeers } from './optional-peers.js';
import { expectServed } from './served.js';

describe('in a Nest 12 application of ES modules', () => {
  const app = consumerApp('nest12-esm');

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

  it('loads the other entry points', async () => {
    expect(await app.report('entries')).toEqual({
      testing: expect.arrayContaining([expect.any(String)]) as unknown,
      schema: expect.objectContaining({ type: 'object' }) as unknown,
      name: '@rate-sync/nestjs',
    });
  });

  it('works as two copies in one process, one imported and one required', async () => {
    const works = { statuses: [201, 201, 429], injected: 'login_ip', guards: [true, true] };
    expect(await app.report('two-copies')).toEqual({
      copies: 2,
      importedModule: works,
      requiredModule: works,
    });
  });

  it('has the command', async () => {
    await expectCommand(app);
  });

  it('tells Terminus 12 how it is', async () => {
    await app.install('@nestjs/terminus@12.1.0');
    expect(await app.report('health')).toEqual({
      there: { healthy: 'up', ready: 'up', degraded: false },
      gone: { healthy: 'down', ready: 'degraded', degraded: true },
    });
  });
});
