import {
  Catch,
  Controller,
  Get,
  HttpException,
  Injectable,
  Post,
  Req,
  UseGuards,
  type ArgumentsHost,
  type ExceptionFilter,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import {
  isRateLimitExceeded,
  RateLimit,
  RateLimitDecision,
  RateLimitExceededException,
  RateLimitGuard,
  type CompositeDecision,
  type RateLimitedRequest,
} from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { limits, serve, statuses, times, windowOf } from '../support/http/serve.js';

const config = limits({ a: windowOf(3), b: windowOf(5) });

@Controller()
class TwiceController {
  @Get('guarded-again')
  @UseGuards(RateLimitGuard)
  @RateLimit('a')
  guardedAgain(): string {
    return 'ok';
  }

  @Get('named-twice')
  @RateLimit('a', 'a')
  @RateLimit('a', { limiter: () => 'a', by: 'ip' })
  namedTwice(): string {
    return 'ok';
  }

  @Get('same-caller')
  @RateLimit('a', { limiter: 'a', by: 'query:name' })
  sameCaller(): string {
    return 'ok';
  }
}

describe.each(ADAPTERS)('a limit that is met twice on $name', (adapter) => {
  const app = (more = {}) =>
    serve(adapter, { controllers: [TwiceController], rateSync: { config, ...more } });

  it('counts once when the guard is bound globally and again on the route', async () => {
    const { get } = await app();
    const replies = await times(4, () => get('/guarded-again'));
    expect(statuses(replies)).toEqual([200, 200, 200, 429]);
    expect(replies[0]?.headers['ratelimit']).toBe('"a";r=2;t=300');
  });

  it('counts once when only the route binds the guard', async () => {
    const { get } = await app({ globalGuard: false });
    expect(statuses(await times(4, () => get('/guarded-again')))).toEqual([200, 200, 200, 429]);
    expect((await get('/named-twice')).headers).not.toHaveProperty('ratelimit');
  });

  it('counts once when several rules name it', async () => {
    const { get } = await app();
    const { headers } = await get('/named-twice');
    expect(headers['ratelimit']).toBe('"a";r=2;t=300');
  });

  it('counts once when two sources name the same caller, and twice when they do not', async () => {
    const { get } = await app();
    await get('/same-caller');
    await get('/same-caller?name=ada');
    expect((await get('/same-caller')).headers['ratelimit']).toBe('"a";r=0;t=300');
    expect((await get('/same-caller?name=ada')).status).toBe(429);
  });
});

@Controller()
class DecisionController {
  @Get('decision')
  @RateLimit('a', 'b')
  decision(
    @RateLimitDecision() decision: CompositeDecision,
    @Req() { rateLimit }: RateLimitedRequest,
  ): object {
    return { decision, isOnRequest: rateLimit === decision };
  }

  @Get('none')
  none(@RateLimitDecision() decision: CompositeDecision | undefined): object {
    return { isUndefined: decision === undefined };
  }
}

describe.each(ADAPTERS)('a handler on $name', (adapter) => {
  const controllers = [DecisionController];

  it('receives the decision, also on the request', async () => {
    const { get } = await serve(adapter, { controllers, rateSync: { config } });
    const decided = {
      allowed: true,
      retryAfterMs: 0,
      resetAfterMs: 300_000,
      reason: 'within_limit',
      degraded: false,
    };
    const a = { ...decided, limiterId: 'a', limit: 3, remaining: 2 };
    const b = { ...decided, limiterId: 'b', limit: 5, remaining: 4 };
    expect((await get('/decision')).json).toEqual({
      decision: { allowed: true, decisions: [a, b], binding: a, deniedBy: null },
      isOnRequest: true,
    });
  });

  it('receives undefined on a route without limits', async () => {
    const { get } = await serve(adapter, { controllers, rateSync: { config } });
    expect((await get('/none')).json).toEqual({ isUndefined: true });
  });
});

@Injectable()
class HouseGuard extends RateLimitGuard {
  protected override shouldSkip(execution: ExecutionContext): Promise<boolean> {
    const { headers } = execution.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return Promise.resolve(headers['x-internal'] === 'yes');
  }

  protected override getErrorMessage(
    context: ExecutionContext,
    { deniedBy, binding }: CompositeDecision,
  ): string {
    const { url } = context.switchToHttp().getRequest<{ url: string }>();
    return `${deniedBy ?? 'nothing'}: wait ${String(binding.retryAfterMs / 1_000)} s for ${url}`;
  }
}

@Injectable()
class TeapotGuard extends RateLimitGuard {
  protected override createException(
    context: ExecutionContext,
    decision: CompositeDecision,
  ): Error {
    const original = super.createException(context, decision);
    const message = this.getErrorMessage(context, decision);
    const code = isRateLimitExceeded(original) ? original.decision.binding.limiterId : null;
    return new HttpException({ code, message }, 418);
  }
}

/** Writes the response of denials, and nothing else. */
@Catch(RateLimitExceededException)
class DenialFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch({ decision }: RateLimitExceededException, host: ArgumentsHost): void {
    const { deniedBy, binding } = decision;
    const body = { deniedBy, limit: binding.limit };
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), body, 420);
  }
}

@Controller()
class LoginController {
  @Post('login')
  @RateLimit('a')
  login(): string {
    return 'welcome';
  }
}

describe.each(ADAPTERS)('a guard of the application on $name', (adapter) => {
  const withGuard = (guard: typeof RateLimitGuard) =>
    serve(adapter, {
      controllers: [LoginController],
      providers: [{ provide: APP_GUARD, useClass: guard }],
      rateSync: { config, globalGuard: false },
    });

  it('skips requests that it chooses, and counts nothing then', async () => {
    const { post } = await withGuard(HouseGuard);
    const internal = await times(9, () => post('/login', {}, { 'x-internal': 'yes' }));
    expect(new Set(statuses(internal))).toEqual(new Set([201]));
    expect(internal[0]?.headers).not.toHaveProperty('ratelimit');
    expect((await post('/login')).headers['ratelimit']).toBe('"a";r=2;t=300');
  });

  it('writes its own message', async () => {
    const { post } = await withGuard(HouseGuard);
    const replies = await times(4, () => post('/login'));
    expect(replies[3]?.json).toMatchObject({
      statusCode: 429,
      message: 'a: wait 300 s for /login',
    });
  });

  it('throws its own exception, still with Retry-After', async () => {
    const { post } = await withGuard(TeapotGuard);
    const refused = (await times(4, () => post('/login')))[3];
    expect(refused?.status).toBe(418);
    expect(refused?.json).toEqual({
      code: 'a',
      message: 'Too many requests. Try again in 300 seconds.',
    });
    expect(refused?.headers).toMatchObject({ 'retry-after': '300', 'cache-control': 'no-store' });
  });

  it('counts once beside the guard of the module', async () => {
    const { post } = await serve(adapter, {
      controllers: [LoginController],
      providers: [{ provide: APP_GUARD, useClass: HouseGuard }],
      rateSync: { config },
    });
    expect((await post('/login')).headers['ratelimit']).toBe('"a";r=2;t=300');
  });

  it('leaves the response to a filter that catches denials', async () => {
    const { post } = await serve(adapter, {
      controllers: [LoginController],
      providers: [{ provide: APP_FILTER, useClass: DenialFilter }],
      rateSync: { config },
    });
    const refused = (await times(4, () => post('/login')))[3];
    expect({ status: refused?.status, json: refused?.json }).toEqual({
      status: 420,
      json: { deniedBy: 'a', limit: 3 },
    });
    expect(refused?.headers).toMatchObject({ 'retry-after': '300', ratelimit: '"a";r=0;t=300' });
  });
});
