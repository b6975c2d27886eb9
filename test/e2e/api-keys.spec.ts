import {
  Controller,
  Get,
  Injectable,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { RateLimit, RateLimitGuard } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { limits, serve, times, windowOf, type Served } from '../support/http/serve.js';

interface ApiRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  user?: { readonly id: string };
}

@Injectable()
class ApiKeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<ApiRequest>();
    if (request.headers['x-api-key'] !== 'the key of ada') throw new UnauthorizedException();
    request.user = { id: 'ada' };
    return true;
  }
}

@Controller()
class ApiController {
  @Get('by-key')
  @RateLimit({ limiter: 'api_key', by: 'header:x-api-key' })
  byKey(): string {
    return 'counted';
  }

  @Get('by-key-and-address')
  @RateLimit('address', { limiter: 'api_key', by: 'header:x-api-key' })
  byKeyAndAddress(): string {
    return 'counted';
  }
}

@Controller('known')
@UseGuards(ApiKeyGuard, RateLimitGuard)
class KnownController {
  @Get()
  @RateLimit({ limiter: 'api_key', by: 'user:id' })
  known(): string {
    return 'counted';
  }
}

function api(adapter: Adapter, globalGuard: boolean): Promise<Served> {
  const config = limits({ api_key: windowOf(3), address: windowOf(10) });
  const controllers = [ApiController, KnownController];
  return serve(adapter, {
    controllers,
    providers: [ApiKeyGuard],
    rateSync: { config, globalGuard },
  });
}

const statuses = (path: string, { get }: Served, keyOf: (index: number) => string) =>
  times(30, async (index) => (await get(path, { 'x-api-key': keyOf(index) })).status);
const madeUp = (index: number): string => `made-up-${String(index)}`;
const count = (all: readonly number[], status: number): number =>
  all.filter((each) => each === status).length;

describe.each(ADAPTERS)('B11: made-up API keys on $name', (adapter) => {
  it('are a new caller each, where only the key is counted', async () => {
    const served = await api(adapter, true);
    expect(count(await statuses('/by-key', served, madeUp), 200)).toBe(30);
  });

  it('are stopped by a limit of the address beside that of the key', async () => {
    const served = await api(adapter, true);
    expect(count(await statuses('/by-key-and-address', served, madeUp), 200)).toBe(10);
    const other = await api(adapter, true);
    expect(count(await statuses('/by-key-and-address', other, () => 'one key'), 200)).toBe(3);
  });

  it('reach no limiter where authentication rejects them first, and take nothing', async () => {
    const served = await api(adapter, false);
    expect(count(await statuses('/known', served, madeUp), 401)).toBe(30);
    expect(await served.rateSync.getLimiter('api_key').peek()).toMatchObject({ remaining: 3 });
    const known = await statuses('/known', served, () => 'the key of ada');
    expect([count(known, 200), count(known, 429)]).toEqual([3, 27]);
  });
});
