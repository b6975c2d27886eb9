import { Controller, Get, Injectable, Param, Scope, type Type } from '@nestjs/common';
import { RateLimited } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { eventually } from '../support/http/eventually.js';
import { limits, serve, times } from '../support/http/serve.js';

const config = limits({
  stripe_api: { ratePerSecond: 1, burst: 1, timeout: 10 },
  exports: { maxConcurrent: 1, timeout: 10 },
});

class Payments {
  readonly charged: string[] = [];

  @RateLimited('stripe_api')
  async charge(account: string): Promise<string> {
    this.charged.push(account);
    return Promise.resolve(`charged ${account}`);
  }

  @RateLimited('stripe_api', { by: (account: string) => account })
  async chargeEach(account: string): Promise<string> {
    return Promise.resolve(`charged ${account}`);
  }

  @RateLimited('stripe_api', { timeoutMs: 500 })
  async hurry(): Promise<string> {
    return Promise.resolve('hurried');
  }

  @RateLimited('exports')
  async fail(): Promise<never> {
    return Promise.reject(new RangeError('the export failed'));
  }
}

@Injectable()
class SingletonPayments extends Payments {}

@Injectable({ scope: Scope.TRANSIENT })
class TransientPayments extends Payments {}

@Injectable({ scope: Scope.REQUEST })
class RequestPayments extends Payments {}

@Controller()
class PaymentController {
  constructor(private readonly payments: Payments) {}

  @Get('charge/:account')
  charge(@Param('account') account: string): Promise<string> {
    return this.payments.charge(account);
  }

  @Get('each/:account')
  each(@Param('account') account: string): Promise<string> {
    return this.payments.chargeEach(account);
  }
}

@Controller()
class LimitedController {
  @Get('above/:id')
  @RateLimited('stripe_api')
  above(@Param('id') id: string): string {
    return id;
  }

  @RateLimited('stripe_api', { by: (id: string) => id })
  @Get('below/:id')
  below(@Param('id') id: string): string {
    return id;
  }
}

@Controller({ path: 'per-request', scope: Scope.REQUEST })
class RequestController {
  @Get(':id')
  @RateLimited('stripe_api')
  read(@Param('id') id: string): string {
    return id;
  }
}

async function app(adapter: Adapter, useClass: Type<Payments> = SingletonPayments) {
  const clock = new FakeClock();
  const served = await serve(adapter, {
    controllers: [PaymentController, LimitedController, RequestController],
    providers: [{ provide: Payments, useClass }],
    rateSync: { config },
    clock,
  });
  return {
    ...served,
    clock,
    payments: () => served.app.get(Payments),
    /** Advances the clock when a call waits on it, and awaits the effects. */
    after: async <T>(byMs: number, waiting: Promise<T>): Promise<T> => {
      await eventually(() => clock.pendingTimers).toBeGreaterThan(0);
      await clock.advanceAndSettle(byMs);
      return waiting;
    },
  };
}

describe.each(ADAPTERS)('@RateLimited on $name', (adapter) => {
  it.each([SingletonPayments, TransientPayments, RequestPayments])(
    'makes calls of %o wait for their turn',
    async (service) => {
      const { get, after, clock } = await app(adapter, service);
      expect((await get('/charge/ada')).text).toBe('charged ada');
      expect((await after(1_000, get('/charge/grace'))).text).toBe('charged grace');
      expect(clock.nowMs()).toBe(1_000);
    },
  );

  it('makes each identifier wait for itself alone', async () => {
    const { get, clock } = await app(adapter);
    expect((await get('/each/ada')).text).toBe('charged ada');
    expect((await get('/each/grace')).text).toBe('charged grace');
    expect(clock.pendingTimers).toBe(0);
  });

  it.each(['/above/7', '/below/7', '/per-request/7'])(
    'works on a route of a controller: %s',
    async (path) => {
      const { get, after } = await app(adapter);
      expect((await get(path)).text).toBe('7');
      expect((await after(1_000, get(path))).text).toBe('7');
    },
  );

  it('serves waiting calls in the order of arrival', async () => {
    const { payments, clock } = await app(adapter);
    const service = payments();
    const calls = ['a', 'b', 'c', 'd'].map((account) => service.charge(account));
    await clock.advanceAndSettle(2_999);
    expect(service.charged).toEqual(['a', 'b', 'c']);
    await clock.advanceAndSettle(1);
    expect(await Promise.all(calls)).toEqual(['charged a', 'charged b', 'charged c', 'charged d']);
  });

  it('rejects at once a call that would wait too long', async () => {
    const { payments, clock } = await app(adapter);
    expect(await payments().hurry()).toBe('hurried');
    await expect(payments().hurry()).rejects.toMatchObject({
      code: 'RATE_SYNC_ACQUIRE_TIMEOUT',
      limiterId: 'stripe_api',
      timeoutMs: 500,
      retryAfterMs: 1_000,
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes the timeout of the limiter where it has none of its own', async () => {
    const { get, payments, clock } = await app(adapter);
    const served = Promise.all(Array.from({ length: 11 }, (_, n) => payments().charge(String(n))));
    await expect(payments().charge('late')).rejects.toMatchObject({ timeoutMs: 10_000 });
    const late = await get('/charge/late');
    expect(late.status).toBe(503);
    expect(Number(late.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    await clock.advanceAndSettle(10_000);
    await served;
    expect(payments().charged).toHaveLength(11);
  });

  it('gives its slot back when the method fails', async () => {
    const { payments, rateSync } = await app(adapter);
    await times(3, () => expect(payments().fail()).rejects.toThrow('the export failed'));
    expect((await rateSync.getLimiter('exports').peek()).remaining).toBe(1);
  });

  it('rejects on an instance that was made without Nest', async () => {
    await app(adapter);
    await expect(new Payments().charge('ada')).rejects.toThrow('Payments.charge is @RateLimited');
  });

  it('belongs to the application whose instance is called', async () => {
    const [first, second] = [await app(adapter), await app(adapter)];
    await first.payments().charge('ada');
    await second.payments().charge('ada');
    expect([first.clock.pendingTimers, second.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('leaves the name of the method as it is', () => {
    const { charge } = Object.getOwnPropertyDescriptors(Payments.prototype);
    expect((charge.value as { name: string }).name).toBe('charge');
  });
});
