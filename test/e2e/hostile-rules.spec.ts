import { Controller, Get, Post } from '@nestjs/common';
import { RateLimit, type RateLimitContext } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { limits, serve, statuses, times, windowOf } from '../support/http/serve.js';
import { unhandledRejections } from '../support/http/unhandled.js';

type Hostile = RateLimitContext<{
  readonly body: { readonly cost: never; readonly items: never[] };
}>;

let handled = 0;

@Controller()
class BatchController {
  @Post('window')
  @RateLimit({
    limiter: 'window',
    by: ['ip', 'body:sender'],
    cost: ({ request }: Hostile) => request.body.cost,
  })
  window(): string {
    handled += 1;
    return 'ok';
  }

  @Post('bucket')
  @RateLimit({
    limiter: 'bucket',
    by: ['ip', 'body:sender'],
    cost: async ({ request }: Hostile) => Promise.resolve(request.body.cost),
  })
  bucket(): string {
    handled += 1;
    return 'ok';
  }

  @Post('items')
  @RateLimit({ limiter: 'window', cost: ({ request }: Hostile) => request.body.items.length })
  items(): string {
    return 'ok';
  }
}

const config = limits({ window: windowOf(5), bucket: { ratePerSecond: 0.001, burst: 5 } });

/** What cannot be a cost; undefined stands for a body without one. */
const NO_COST: readonly unknown[] = [
  undefined,
  null,
  -1,
  -1e9,
  1.5,
  Number.MIN_VALUE,
  '3',
  '',
  'NaN',
  {},
  { valueOf: 2 },
  [3],
  true,
];

const TOO_MUCH = [6, 1e9, Number.MAX_SAFE_INTEGER, 2 ** 53, 1e300, 1e308];

describe.each(ADAPTERS)('a cost that the sender chooses on $name', (adapter) => {
  const app = () => serve(adapter, { controllers: [BatchController], rateSync: { config } });

  describe.each(['/window', '/bucket'])('at %s', (path) => {
    it('counts 1 when it cannot be a cost', async () => {
      const { post } = await app();
      for (const cost of NO_COST) {
        const replies = await times(6, () => post(path, { cost, sender: JSON.stringify(cost) }));
        expect(statuses(replies), JSON.stringify(cost)).toEqual([201, 201, 201, 201, 201, 429]);
      }
    });

    it('D12: is denied and takes nothing when it is more than ever fits', async () => {
      const { post } = await app();
      const denied = await times(TOO_MUCH.length, (n) => post(path, { cost: TOO_MUCH[n] }));
      expect(statuses(denied)).toEqual(TOO_MUCH.map(() => 429));
      expect((await post(path, { cost: 5 })).status).toBe(201);
    });

    it('never gives anything back', async () => {
      const { post } = await app();
      await times(5, () => post(path, { cost: 1 }));
      await times(20, () => post(path, { cost: -1_000 }));
      expect((await post(path, { cost: 1 })).status).toBe(429);
    });

    it('is said once in the log when it can be none, and not again', async () => {
      const { post, log } = await app();
      await times(4, () => post(path, { cost: 'a lot' }));
      const lines = log.having('RATE_SYNC_INVALID_COST');
      expect(lines).toHaveLength(1);
      expect(lines[0]?.level).toBe('warn');
      expect(log.text).not.toContain('a lot');
    });
  });

  it('takes nothing when it is 0, and is denied like others over the limit', async () => {
    const { post } = await app();
    expect(statuses(await times(9, () => post('/window', { cost: 0 })))).not.toContain(429);
    await times(5, () => post('/window', { cost: 1 }));
    expect((await post('/window', { cost: 0 })).status).toBe(429);
  });

  it('counts 1 when the body is not what the function expects', async () => {
    const { post } = await app();
    const replies = await times(6, () => post('/items', {}));
    expect(statuses(replies)).toEqual([201, 201, 201, 201, 201, 429]);
  });

  it('does not let a request through that it denies', async () => {
    const { post } = await app();
    handled = 0;
    await times(10, () => post('/window', { cost: 9 }));
    expect(handled).toBe(0);
  });
});

@Controller()
class ThrowingController {
  @Get('both')
  @RateLimit(
    { limiter: 'window', by: () => Promise.reject(new Error('the first failed')) },
    {
      limiter: 'bucket',
      by: () => {
        throw new Error('the second failed');
      },
    },
  )
  both(): string {
    return 'ok';
  }

  @Get('combined')
  @RateLimit({
    limiter: 'window',
    by: [
      () => Promise.reject(new Error('the first failed')),
      () => {
        throw new Error('the second failed');
      },
    ],
  })
  combined(): string {
    return 'ok';
  }
}

describe.each(ADAPTERS)('functions of a rule that fail on $name', (adapter: Adapter) => {
  it.each(['/both', '/combined'])('leave no rejection behind at %s', async (path) => {
    const { get } = await serve(adapter, {
      controllers: [ThrowingController],
      rateSync: { config },
    });
    const unhandled = await unhandledRejections(async () => {
      await get(path);
    });
    expect(unhandled).toEqual([]);
  });
});
