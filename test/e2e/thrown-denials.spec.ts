import {
  Catch,
  Controller,
  Get,
  Header,
  HttpException,
  Injectable,
  Res,
  type ArgumentsHost,
  type ExceptionFilter,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import {
  AcquireTimeoutError,
  InjectLimiter,
  isRateLimitExceeded,
  isRateLimitUnavailable,
  RateLimit,
  RateLimited,
  RateLimitExceededException,
  RateLimitGuard,
  RateLimitUnavailableException,
  RateSyncService,
  type CompositeDecision,
  type Limiter,
} from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { limits, serve, times, windowOf, type AppUnderTest } from '../support/http/serve.js';

const HEADERS = { 'retry-after': '300', 'cache-control': 'no-store' };

@Injectable()
class Mails {
  @RateLimited('mails', { timeoutMs: 5 })
  send(): string {
    return 'sent';
  }
}

interface StreamedResponse {
  readonly raw?: StreamedResponse;
  write(text: string): void;
}

@Controller()
class ThrowingController {
  constructor(
    private readonly rateSync: RateSyncService,
    private readonly mails: Mails,
    @InjectLimiter('mails') private readonly limiter: Limiter,
  ) {}

  @Get('exceeded')
  async exceeded(): Promise<string> {
    const decision = await this.#decide();
    if (!decision.allowed) throw new RateLimitExceededException({ message: 'Later.' }, decision);
    return 'ok';
  }

  @Get('cacheable')
  @Header('Cache-Control', 'public, max-age=60')
  async cacheable(): Promise<string> {
    return this.exceeded();
  }

  @Get('unavailable')
  async unavailable(): Promise<string> {
    const decision = await this.#decide();
    if (!decision.allowed) throw new RateLimitUnavailableException({ message: 'Soon.' }, decision);
    return 'ok';
  }

  @Get('never')
  async never(): Promise<never> {
    const decision = await this.rateSync.consumeAll([{ limiter: 'one', cost: 9 }]);
    throw new RateLimitExceededException({ message: 'Never.' }, decision);
  }

  @Get('mail')
  async mail(): Promise<string> {
    return await Promise.resolve(this.mails.send());
  }

  @Get('acquire')
  async acquire(): Promise<string> {
    await this.limiter.acquire('', { timeoutMs: 5 });
    return 'sent';
  }

  @Get('begun')
  async begun(@Res() response: StreamedResponse): Promise<void> {
    (response.raw ?? response).write('begun');
    await this.limiter.acquire('', { timeoutMs: 5 });
    await this.limiter.acquire('', { timeoutMs: 5 });
  }

  @Get('limited')
  @RateLimit('one')
  limited(): string {
    return 'ok';
  }

  @Get('tagged')
  @RateLimit('one')
  @Header('Cache-Control', 'private')
  tagged(): string {
    return 'ok';
  }

  #decide(): Promise<CompositeDecision> {
    return this.rateSync.consumeAll([{ limiter: 'one' }]);
  }
}

function app(adapter: Adapter, parts: Partial<AppUnderTest> = {}, errors?: 'problem') {
  const mails = { ratePerSecond: 0.5, burst: 1 };
  const config = limits(
    { one: windowOf(1, { identifyBy: 'global' }), mails },
    errors === undefined ? {} : { errors },
  );
  return serve(adapter, {
    controllers: [ThrowingController],
    rateSync: { config },
    ...parts,
    providers: [Mails, ...(parts.providers ?? [])],
  });
}

describe.each(ADAPTERS)('A12: a denial that a handler throws on $name', (adapter) => {
  it.each([
    ['/exceeded', 429, { message: 'Later.' }],
    ['/cacheable', 429, { message: 'Later.' }],
    ['/unavailable', 503, { message: 'Soon.' }],
  ])('has Retry-After and no-store: %s', async (path, status, json) => {
    const { get } = await app(adapter);
    expect((await get(path)).status).toBe(200);
    const refused = await get(path);
    expect(refused).toMatchObject({ status, json, headers: HEADERS });
  });

  it('says at least one second for what can never pass', async () => {
    const { get } = await app(adapter);
    const refused = await get('/never');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  });

  it.each(['/mail', '/acquire'])('is a 503 when its wait was in vain: %s', async (path) => {
    const { get, log } = await app(adapter);
    expect((await get(path)).status).toBe(200);
    const refused = await get(path);
    expect(refused).toMatchObject({
      status: 503,
      headers: { 'retry-after': '2', 'cache-control': 'no-store' },
      json: {
        statusCode: 503,
        error: 'Service Unavailable',
        limiter: 'mails',
        retryAfterMs: 2_000,
      },
    });
    expect(refused.text).not.toMatch(/RATE_SYNC|timeoutMs/);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('is a problem where errors are problems', async () => {
    const { get } = await app(adapter, {}, 'problem');
    await get('/mail');
    const refused = await get('/mail');
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.json).toMatchObject({
      type: expect.stringContaining('temporary-reduced-capacity') as string,
      status: 503,
      'violated-policies': ['mails'],
    });
  });

  it('ends a response that has begun', async () => {
    const { get } = await app(adapter);
    const reply = await get('/begun').catch(() => null);
    expect(reply?.status ?? 200).toBe(200);
    expect((await get('/limited')).status).toBe(200);
  });
});

/** A filter as many applications have it: it answers everything in the words of the house. */
@Catch()
class EverythingFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const response: unknown = host.switchToHttp().getResponse();
    if (isRateLimitExceeded(exception) || isRateLimitUnavailable(exception)) {
      for (const [name, value] of Object.entries(exception.headers)) {
        httpAdapter.setHeader(response, name, value);
      }
    }
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    httpAdapter.reply(response, { code: status }, status);
  }
}

describe.each(ADAPTERS)('A12: a filter that catches everything on $name', (adapter) => {
  const withFilter = () =>
    app(adapter, {
      prepare: (nest) => nest.useGlobalFilters(new EverythingFilter(nest.get(HttpAdapterHost))),
    });

  it.each(['/exceeded', '/limited'])('has the headers of the exception: %s', async (path) => {
    const { get } = await withFilter();
    await get(path);
    expect(await get(path)).toMatchObject({ status: 429, json: { code: 429 }, headers: HEADERS });
  });
});

/** Answers what it is named for, in its own words. */
@Catch(AcquireTimeoutError)
class TimeoutFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch({ timeoutMs }: AcquireTimeoutError, host: ArgumentsHost): void {
    const response: unknown = host.switchToHttp().getResponse();
    this.adapterHost.httpAdapter.reply(response, { timeoutMs }, 504);
  }
}

describe.each(ADAPTERS)('A12: a filter that a module provides on $name', (adapter) => {
  const withFilters = (...filters: readonly Type<ExceptionFilter>[]) =>
    app(adapter, {
      providers: filters.map((useClass) => ({ provide: APP_FILTER, useClass })),
    });

  it.each([
    ['/exceeded', 429, HEADERS],
    ['/limited', 429, HEADERS],
    ['/mail', 503, { 'retry-after': '2', 'cache-control': 'no-store' }],
  ])('comes first when it catches everything: %s', async (path, status, headers) => {
    const { get } = await withFilters(EverythingFilter);
    await get(path);
    expect(await get(path)).toMatchObject({ status, json: { code: status }, headers });
  });

  it('is given the error that it names, and the others are answered as usual', async () => {
    const { get } = await withFilters(TimeoutFilter);
    await get('/mail');
    expect(await get('/mail')).toMatchObject({ status: 504, json: { timeoutMs: 5 } });
    await get('/exceeded');
    expect(await get('/exceeded')).toMatchObject({ status: 429, headers: HEADERS });
  });
});

@Injectable()
class ForgivingGuard extends RateLimitGuard {
  override async canActivate(execution: ExecutionContext): Promise<boolean> {
    try {
      return await super.canActivate(execution);
    } catch {
      return true;
    }
  }
}

describe.each(ADAPTERS)('A12: a guard that swallows a denial on $name', (adapter) => {
  const forgiving = () =>
    app(adapter, {
      providers: [{ provide: APP_GUARD, useClass: ForgivingGuard }],
      rateSync: {
        config: limits({ one: windowOf(1, { identifyBy: 'global' }), mails: { ratePerSecond: 1 } }),
        globalGuard: false,
      },
    });

  it('leaves no Retry-After on the success', async () => {
    const { get } = await forgiving();
    for (const reply of await times(3, () => get('/limited'))) {
      expect(reply.status).toBe(200);
      expect(reply.headers).not.toHaveProperty('retry-after');
    }
  });

  it('leaves the headers of the handler alone', async () => {
    const { get } = await forgiving();
    await get('/limited');
    expect((await get('/tagged')).headers).toMatchObject({
      'cache-control': 'private',
      ratelimit: '"one";r=0;t=300',
    });
  });
});
