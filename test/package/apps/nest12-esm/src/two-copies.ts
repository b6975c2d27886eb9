import { createRequire } from 'node:module';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import * as imported from '@rate-sync/nestjs';
import { options } from './app.js';

const required = createRequire(import.meta.url)('@rate-sync/nestjs') as typeof imported;

/** Runs an app whose module is of one copy of the package and whose decorators are of another. */
async function mix(ofModule: typeof imported, ofDecorators: typeof imported) {
  @Controller()
  class MixedController {
    constructor(
      @ofDecorators.InjectLimiter('login_ip') private readonly loginIp: imported.Limiter,
    ) {}

    @Post('login')
    @ofDecorators.RateLimit('login_ip')
    login(): string {
      return 'welcome';
    }

    @Get('injected')
    injected(): string {
      return this.loginIp.id;
    }
  }

  @Module({
    imports: [ofModule.RateSyncModule.forRoot(options)],
    controllers: [MixedController],
  })
  class MixedModule {}

  const app = await NestFactory.create(MixedModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const statuses: number[] = [];
  for (let call = 1; call <= 3; call++) {
    statuses.push((await fetch(`${url}/login`, { method: 'POST' })).status);
  }
  const injected = await (await fetch(`${url}/injected`)).text();
  const error = thrownBy(() => app.get(ofModule.RateSyncService).getLimiter('nobody'));
  await app.close();
  return {
    statuses,
    injected,
    guards: [ofDecorators.isRateSyncError(error), ofDecorators.isLimiterNotFoundError(error)],
  };
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

const report = {
  copies: new Set([imported.RateSyncModule, required.RateSyncModule]).size,
  importedModule: await mix(imported, required),
  requiredModule: await mix(required, imported),
};
console.log(JSON.stringify(report));
