import 'reflect-metadata';
import { createServer } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { RateSyncModule } from '@rate-sync/nestjs';
import { RateSyncHealthIndicator } from '@rate-sync/nestjs/terminus';

/** Tells how an application is whose limiter lets through, with a store that is not there. */
const lost = createServer();
await new Promise((resolve) => lost.listen(0, '127.0.0.1', resolve));
const { port } = lost.address();
await new Promise((resolve) => lost.close(resolve));

async function report(store) {
  class AppModule {}
  const config = { stores: { main: store }, limiters: { page: { ratePerSecond: 1 } } };
  const rateSync = RateSyncModule.forRoot({ config, onStartupFailure: 'degrade' });
  const providers = [RateSyncHealthIndicator];
  Module({ imports: [rateSync, TerminusModule], providers })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const indicator = app.get(RateSyncHealthIndicator);
  const [healthy, ready] = [await indicator.isHealthy('limits'), await indicator.isReady('limits')];
  await app.close();
  const { status, degraded = false } = ready.limits;
  return { healthy: healthy.limits.status, ready: status, degraded };
}

const there = await report({ strategy: 'memory' });
const gone = await report({ url: `redis://127.0.0.1:${port}` });
console.log(JSON.stringify({ there, gone }));
