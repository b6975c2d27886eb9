import { request } from 'node:http';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RateLimit, RateSyncModule, RateSyncService } from '@rate-sync/nestjs';
import { ADAPTERS } from './adapters.js';
import { deferred } from './commanded-store.js';

/*
 * A program of its own: serves an application, leaves a slot held and somebody waiting for it, and
 * closes the application. Nothing may keep it alive then.
 */

const entered = deferred();

@Controller()
class HoldingController {
  @Get('quick')
  @RateLimit('page')
  quick(): string {
    return 'ok';
  }

  @Get('held')
  @RateLimit('slots')
  held(): Promise<never> {
    entered.resolve();
    return new Promise<never>(() => undefined);
  }
}

@Module({
  imports: [
    RateSyncModule.forRoot({
      config: {
        stores: { main: { strategy: 'memory' } },
        limiters: {
          page: { ratePerSecond: 1, burst: 3 },
          slots: { maxConcurrent: 1, identifyBy: 'global' },
        },
      },
    }),
  ],
  controllers: [HoldingController],
})
class AppModule {}

const adapter = ADAPTERS.find(({ name }) => name === process.argv[2]);
if (adapter === undefined) throw new Error(`no adapter is called ${String(process.argv[2])}`);
const app = await NestFactory.create(AppModule, adapter.create({}), { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();

const { status } = await fetch(`${url}/quick`, { headers: { connection: 'close' } });
const held = request(`${url}/held`, { agent: false });
held.on('error', () => undefined);
held.end();
await entered.promise;
const waiting = app.get(RateSyncService).getLimiter('slots').acquire('', { timeoutMs: 600_000 });
const sentAway = waiting.then(
  () => 'a turn',
  (error: unknown) => (error as { code?: unknown }).code,
);
held.destroy();
await app.close();
console.log(JSON.stringify({ status, waited: await sentAway }));
