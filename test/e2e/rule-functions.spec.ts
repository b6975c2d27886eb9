import { Controller, Get, Post } from '@nestjs/common';
import { RateLimit, type RateLimitContext } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { limits, serve, statuses, times, windowOf } from '../support/http/serve.js';

type Context = RateLimitContext<{
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
}>;

const tierOf = ({ request }: Context) => `api_${request.headers['x-tier'] ?? 'free'}`;
const accountOf = ({ request }: Context) => request.headers['x-account'];
const weightOf = ({ request }: Context) => Number(request.query['weight'] ?? '1');

@Controller()
class ApiController {
  @Get('sync')
  @RateLimit({ limiter: tierOf, by: accountOf, cost: weightOf })
  sync(): string {
    return 'ok';
  }

  @Get('async')
  @RateLimit({
    limiter: async (context: Context) => Promise.resolve(tierOf(context)),
    by: async (context: Context) => Promise.resolve(accountOf(context)),
    cost: async (context: Context) => Promise.resolve(weightOf(context)),
  })
  async(): string {
    return 'ok';
  }

  @Get('context')
  @RateLimit({ limiter: 'api_free', by: ({ execution }) => execution.getHandler().name })
  named(): string {
    return 'ok';
  }

  @Get('undefined-limiter')
  @RateLimit({ limiter: (() => undefined) as unknown as () => string })
  undefinedLimiter(): string {
    return 'ok';
  }

  @Post('fixed-cost')
  @RateLimit({ limiter: 'api_paid', cost: 4 })
  fixedCost(): string {
    return 'ok';
  }
}

const config = limits({ api_free: windowOf(3), api_paid: windowOf(10) });

describe.each(ADAPTERS)('functions in a rule on $name', (adapter) => {
  const app = () => serve(adapter, { controllers: [ApiController], rateSync: { config } });

  describe.each(['/sync', '/async'])('that answer as %s ones do', (path) => {
    it('choose the limiter for each request', async () => {
      const { get } = await app();
      expect((await get(path)).headers['ratelimit']).toBe('"api_free";r=2;t=300');
      const paid = await get(path, { 'x-tier': 'paid' });
      expect(paid.headers['ratelimit']).toBe('"api_paid";r=9;t=300');
    });

    it('return the identifier', async () => {
      const { get } = await app();
      const ada = await times(4, () => get(path, { 'x-account': 'ada' }));
      expect(statuses(ada)).toEqual([200, 200, 200, 429]);
      expect((await get(path, { 'x-account': 'grace' })).status).toBe(200);
    });

    it('fall back to the address when they return nothing', async () => {
      const { get, raw } = await app();
      const replies = await times(4, () => get(path));
      expect(statuses(replies)).toEqual([200, 200, 200, 429]);
      expect((await raw({ path, from: '127.0.0.2' })).status).toBe(200);
    });

    it('tell how many units a request takes', async () => {
      const { get } = await app();
      const { headers } = await get(`${path}?weight=2`);
      expect(headers['x-ratelimit-remaining']).toBe('1');
      expect((await get(`${path}?weight=2`)).status).toBe(429);
      expect((await get(`${path}?weight=1`)).status).toBe(200);
    });

    it('answer 500 for a limiter that does not exist, and the log names it and the nearest', async () => {
      const { get, log } = await app();
      const reply = await get(path, { 'x-tier': 'pad' });
      expect(reply.status).toBe(500);
      expect(reply.text).not.toContain('api_');
      expect(log.text).toContain('RATE_SYNC_UNKNOWN_LIMITER: no limiter is called "api_pad"');
      expect(log.text).toContain('Did you mean "api_paid"?');
    });
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])(
    'answer 500 for a limiter called %s, like for any other unknown one',
    async (name) => {
      @Controller()
      class InventiveController {
        @Get()
        @RateLimit({ limiter: () => name })
        read(): string {
          return 'ok';
        }
      }
      const controllers = [InventiveController];
      const { get, log } = await serve(adapter, { controllers, rateSync: { config } });
      expect((await get('/')).status).toBe(500);
      expect(log.text).toContain('RATE_SYNC_UNKNOWN_LIMITER');
    },
  );

  it('answer 500 with a clear log when they choose nothing at all', async () => {
    const { get, log } = await app();
    expect((await get('/undefined-limiter')).status).toBe(500);
    expect(log.text).toContain('RATE_SYNC_UNKNOWN_LIMITER');
  });

  it('know the class and the method that are called', async () => {
    const { get, raw } = await app();
    await times(3, () => get('/context'));
    expect((await raw({ path: '/context', from: '127.0.0.2' })).status).toBe(429);
  });
});

describe.each(ADAPTERS)('a fixed cost on $name', (adapter) => {
  it('is taken by every request, and a request that no longer fits takes nothing', async () => {
    const { post } = await serve(adapter, { controllers: [ApiController], rateSync: { config } });
    const replies = await times(4, () => post('/fixed-cost'));
    expect(statuses(replies)).toEqual([201, 201, 429, 429]);
    expect(replies[3]?.headers['x-ratelimit-remaining']).toBe('2');
  });
});
