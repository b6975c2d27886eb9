import {
  Controller,
  Get,
  Injectable,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { RateLimit, RateLimitGuard } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { eventually } from '../support/http/eventually.js';
import { limits, serve, times, windowOf } from '../support/http/serve.js';

const config = limits({ one: windowOf(99), other: windowOf(99) });

@Injectable()
class JwtAuthGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<{
      headers: Readonly<Record<string, string | undefined>>;
      user?: { id: string };
    }>();
    const id = request.headers['x-user'];
    if (id !== undefined) request.user = { id };
    return true;
  }
}

@Controller('account')
@UseGuards(JwtAuthGuard)
class AccountController {
  @Get()
  @RateLimit({ limiter: 'one', by: 'user:id' }, { limiter: 'other', by: 'user:id' })
  read(): string {
    return 'ok';
  }

  @Get('orders/:id')
  @RateLimit({ limiter: 'one', by: 'user:id' })
  orders(): string {
    return 'ok';
  }

  @Get('address')
  @RateLimit({ limiter: 'one', by: 'ip' })
  address(): string {
    return 'ok';
  }
}

@Controller('method')
class MethodController {
  @Get()
  @UseGuards(JwtAuthGuard)
  @RateLimit({ limiter: 'one', by: ['ip', 'user:id'] })
  read(): string {
    return 'ok';
  }
}

@Controller('last')
@UseGuards(JwtAuthGuard, RateLimitGuard)
class LastController {
  @Get()
  @RateLimit({ limiter: 'one', by: 'user:id' })
  read(): string {
    return 'ok';
  }
}

@Controller('bare')
class BareController {
  @Get()
  @RateLimit({ limiter: 'one', by: 'user:id' })
  read(): string {
    return 'ok';
  }
}

const LINE = 'RateLimitGuard runs before';

describe.each(ADAPTERS)('A7: a user that is not there yet on $name', (adapter) => {
  it('is logged once for each route with guards of its own, with the fix', async () => {
    const { get, log } = await serve(adapter, {
      controllers: [AccountController],
      rateSync: { config },
    });
    await times(3, () => get('/account', { 'x-user': 'ada' }));
    await times(3, (index) => get(`/account/orders/${String(index)}`, { 'x-user': 'ada' }));
    await get('/account/address', { 'x-user': 'ada' });
    const lines = log.having(LINE);
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'warn']);
    expect(lines[0]?.text).toContain('"user:id" has no value on GET /account,');
    expect(lines[0]?.text).toContain('the guards of the route (JwtAuthGuard)');
    expect(lines[0]?.text).toContain('APP_GUARD of the root module');
    expect(lines[0]?.text).toContain('write RateLimitGuard last in @UseGuards()');
    expect(lines[1]?.text).toContain('GET /account/orders/:id');
    expect(log.text).not.toContain('ada');
  });

  it('is logged for guards of a method, and for a source that is one of several', async () => {
    const { get, log } = await serve(adapter, {
      controllers: [MethodController],
      rateSync: { config },
    });
    await get('/method', { 'x-user': 'ada' });
    expect(log.having(LINE)).toHaveLength(1);
  });

  it('is logged for a global guard that runs later', async () => {
    const { get, log } = await serve(adapter, {
      controllers: [BareController],
      imports: [
        {
          module: class AuthModule {},
          providers: [{ provide: APP_GUARD, useClass: JwtAuthGuard }],
        },
      ],
      rateSync: { config },
    });
    await times(3, () => get('/bare', { 'x-user': 'ada' }));
    await eventually(() => log.having('the guard that sets the user').length).toBe(1);
  });

  it('is not logged where the guard that sets it runs first', async () => {
    const { get, log } = await serve(adapter, {
      controllers: [AccountController, BareController],
      providers: [{ provide: APP_GUARD, useClass: JwtAuthGuard }],
      rateSync: { config },
    });
    await get('/account', { 'x-user': 'ada' });
    await get('/bare', { 'x-user': 'ada' });
    expect(log.having(LINE)).toEqual([]);
  });

  it('is not logged for anonymous requests where the limit comes last', async () => {
    const { get, log } = await serve(adapter, {
      controllers: [LastController],
      rateSync: { config, globalGuard: false },
    });
    await get('/last');
    await get('/last', { 'x-user': 'ada' });
    expect(log.having(LINE)).toEqual([]);
  });

  it('is not logged for anonymous requests of a route without guards', async () => {
    const { get, log } = await serve(adapter, {
      controllers: [BareController],
      rateSync: { config },
    });
    await times(3, () => get('/bare'));
    expect(log.having(LINE)).toEqual([]);
  });
});
