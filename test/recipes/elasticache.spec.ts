import type { INestApplicationContext } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RateSyncModule, RateSyncService } from '@rate-sync/nestjs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeCertificates, type TestCertificates } from '../support/redis/certificates.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { useConfigFileOf } from './recipe.js';

const PASSWORD = 'the-token';

@Module({ imports: [RateSyncModule.forRoot()] })
class AppModule {}

let certificates: TestCertificates;
let server: RedisServer;
beforeAll(async () => {
  certificates = await makeCertificates();
  server = await RedisServer.start({ tls: certificates.server, password: PASSWORD });
});
afterAll(async () => {
  await server.stop();
  await certificates.remove();
});

async function start(
  env: Readonly<Record<'REDIS_PASSWORD' | 'REDIS_CA_CERTS', string>>,
): Promise<INestApplicationContext> {
  useConfigFileOf('elasticache');
  vi.stubEnv('REDIS_URL', `rediss://127.0.0.1:${String(server.port)}`);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: false,
    abortOnError: false,
  });
  onTestFinished(() => app.close());
  return app;
}

describe('the recipe for ElastiCache, on a server with TLS and a password,', () => {
  it('shares counts in it', async () => {
    const app = await start({
      REDIS_PASSWORD: PASSWORD,
      REDIS_CA_CERTS: certificates.caFile,
    });
    const publicLimiter = app.get(RateSyncService).getLimiter('public');
    expect(await publicLimiter.consume('ada')).toMatchObject({ allowed: true, degraded: false });
    expect(await server.command('KEYS', 'rs:v1:*public:b')).toHaveLength(1);
  });

  it('does not start with a certificate of an unknown authority', async () => {
    await expect(start({ REDIS_PASSWORD: PASSWORD, REDIS_CA_CERTS: '' })).rejects.toThrow(
      /certificate/,
    );
  });

  it('does not start with another password', async () => {
    await expect(
      start({ REDIS_PASSWORD: 'other', REDIS_CA_CERTS: certificates.caFile }),
    ).rejects.toThrow(/password|WRONGPASS/);
  });
});
