import { Controller, Get } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  Transport,
  Payload,
} from '@nestjs/microservices';
import { RateLimit, SkipRateLimit, type RateLimitGuard } from '@rate-sync/nestjs';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/http/eventually.js';
import { anApp, type AppOptions, EverywhereGuard, freePort, LIMIT, SECRETS } from './app.js';

let called = 0;

function count(): string {
  called += 1;
  return 'ok';
}

@Controller()
class MailController {
  @MessagePattern('send')
  send(): string {
    return count();
  }

  @EventPattern('bounced')
  bounced(@Payload() mail: unknown): void {
    if (mail !== undefined) count();
  }

  @MessagePattern('limited')
  @RateLimit('page')
  limited(): string {
    return count();
  }

  @EventPattern('limited-event')
  @RateLimit('page')
  limitedEvent(@Payload() mail: unknown): void {
    if (mail !== undefined) count();
  }

  @Get('page')
  page(): string {
    return 'page';
  }
}

@Controller()
@RateLimit('page')
class LimitedController {
  @MessagePattern('by-class')
  byClass(): string {
    return count();
  }

  @MessagePattern('skipped')
  @SkipRateLimit()
  skipped(): string {
    return count();
  }
}

/** A hybrid application: HTTP and messages, with the guards of both. */
async function hybrid(options: AppOptions = {}, guards: readonly (typeof RateLimitGuard)[] = []) {
  called = 0;
  const { app, log } = await anApp(
    {
      controllers: [MailController, LimitedController],
      providers: guards.map((guard) => ({ provide: APP_GUARD, useClass: guard })),
    },
    options,
  );
  const address = { host: '127.0.0.1', port: await freePort() };
  const tcp = { transport: Transport.TCP as const, options: address };
  app.connectMicroservice(tcp, { inheritAppConfig: true });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const client = ClientProxyFactory.create(tcp);
  onTestFinished(() => {
    void client.close();
  });
  await client.connect();
  const url = await app.getUrl();
  return {
    log,
    get: (path: string) => fetch(`${url}${path}`),
    ask: (pattern: string) => firstValueFrom(client.send<unknown>(pattern, {})),
    emit: (pattern: string) =>
      firstValueFrom(client.emit<unknown>(pattern, {}), { defaultValue: null }),
  };
}

describe('A5: a message handler', () => {
  it.each(['send', 'skipped'])(
    'never fails without a rule of its own, whatever the default rules: %s',
    async (pattern) => {
      const { ask, emit, get } = await hybrid({ defaultLimiters: ['page'] });
      for (let n = 0; n < LIMIT * 3; n++) expect(await ask(pattern)).toBe('ok');
      const statuses = [];
      for (let n = 0; n <= LIMIT; n++) statuses.push((await get('/page')).status);
      expect(statuses).toEqual([200, 200, 200, 429]);
      const before = called;
      for (let n = 0; n < LIMIT * 3; n++) await emit('bounced');
      await eventually(() => called).toBe(before + LIMIT * 3);
    },
  );

  it.each(['limited', 'by-class'])(
    'with a rule fails, and the log alone says why: %s',
    async (pattern) => {
      const { ask, log } = await hybrid();
      for (let n = 0; n < 3; n++) {
        const failure: unknown = await ask(pattern).catch((error: unknown) => error);
        expect(failure).toMatchObject({ status: 'error' });
        expect(JSON.stringify(failure)).not.toMatch(SECRETS);
      }
      expect(called).toBe(0);
      const lines = log.having('works on HTTP routes only');
      expect(lines).toHaveLength(1);
      expect(lines[0]?.text).toMatch(/@RateLimit on \w+Controller\.\w+ .*"rpc"/);
    },
  );

  it('with a rule handles no event, and the log says why', async () => {
    const { emit, ask, log } = await hybrid();
    await emit('limited-event');
    expect(await ask('send')).toBe('ok');
    await eventually(() => log.having('works on HTTP routes only').length).toBe(1);
    expect(called).toBe(1);
  });
});

describe('A6: a transport that reaches message handlers', () => {
  it('takes the limit for each message', async () => {
    const { ask } = await hybrid({ globalGuard: false, transports: 'everything' }, [
      EverywhereGuard,
    ]);
    const answers = [];
    for (let n = 0; n < LIMIT * 2; n++) answers.push(await ask('limited').catch(() => 'denied'));
    expect(answers).toEqual(['ok', 'ok', 'ok', 'denied', 'denied', 'denied']);
  });
});
