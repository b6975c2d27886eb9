import { Controller, Get, Injectable, Param, Scope } from '@nestjs/common';
import {
  getLimiterToken,
  InjectLimiter,
  RateSyncService,
  type Decision,
  type Limiter,
} from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { limits, serve, windowOf, type Served } from '../support/http/serve.js';

const config = limits({ login_ip: windowOf(2), mail: windowOf(3, { identifyBy: 'body:email' }) });

@Injectable()
class ConstructorService {
  constructor(
    @InjectLimiter('login_ip') readonly loginIp: Limiter,
    @InjectLimiter('mail') readonly mail: Limiter,
  ) {}
}

@Injectable()
class PropertyService {
  @InjectLimiter('login_ip') readonly loginIp!: Limiter;
  @InjectLimiter('mail') readonly mail!: Limiter;
}

@Injectable()
class HeirService extends ConstructorService {}

@Injectable({ scope: Scope.REQUEST })
class RequestService {
  constructor(@InjectLimiter('login_ip') readonly loginIp: Limiter) {}
}

@Controller()
class LimiterController {
  constructor(
    private readonly service: RequestService,
    private readonly rateSync: RateSyncService,
  ) {}

  @Get('consume/:who')
  consume(@Param('who') who: string): Promise<Decision> {
    return this.service.loginIp.consume(who);
  }

  @Get('unknown')
  unknown(): Limiter {
    return this.rateSync.getLimiter('login_pi');
  }
}

function app(adapter: Adapter): Promise<Served> {
  const providers = [ConstructorService, PropertyService, HeirService, RequestService];
  return serve(adapter, { controllers: [LimiterController], providers, rateSync: { config } });
}

describe.each(ADAPTERS)('@InjectLimiter on $name', (adapter) => {
  it.each([ConstructorService, PropertyService, HeirService])(
    'injects the limiters that %o names',
    async (service) => {
      const { app: running, rateSync } = await app(adapter);
      const { loginIp, mail } = running.get<ConstructorService>(service, { strict: false });
      expect(loginIp).toBe(rateSync.getLimiter('login_ip'));
      expect(mail).toBe(rateSync.getLimiter('mail'));
    },
  );

  it('injects the same limiter into every instance of a provider per request', async () => {
    const { get } = await app(adapter);
    await get('/consume/ada');
    expect((await get('/consume/ada')).json).toMatchObject({ allowed: true, remaining: 0 });
    expect((await get('/consume/ada')).json).toMatchObject({
      limiterId: 'login_ip',
      allowed: false,
      reason: 'over_limit',
      retryAfterMs: 300_000,
    });
    expect((await get('/consume/grace')).json).toMatchObject({ allowed: true });
  });

  it('uses a token that factories can name', async () => {
    const { app: running, rateSync } = await serve(adapter, {
      providers: [
        ConstructorService,
        {
          provide: 'made',
          inject: [getLimiterToken('login_ip')],
          useFactory: (limiter: Limiter) => ({ limiter }),
        },
      ],
      rateSync: { config },
    });
    expect(running.get('made')).toEqual({ limiter: rateSync.getLimiter('login_ip') });
  });
});

describe.each(ADAPTERS)('RateSyncService on $name', (adapter) => {
  it('throws for a limiter that does not exist, and the caller learns nothing of it', async () => {
    const { get, log, rateSync } = await app(adapter);
    expect(() => rateSync.getLimiter('login_pi')).toThrow('Did you mean "login_ip"?');
    const { status, json } = await get('/unknown');
    expect({ status, json }).toEqual({
      status: 500,
      json: { statusCode: 500, message: 'Internal server error' },
    });
    expect(log.text).toContain('RATE_SYNC_UNKNOWN_LIMITER');
  });

  it('takes from all limits or from none', async () => {
    const { rateSync } = await app(adapter);
    const both = [
      { limiter: 'login_ip', identifier: 'a' },
      { limiter: 'mail', identifier: 'b', cost: 2 },
    ];
    expect(await rateSync.consumeAll(both)).toMatchObject({ allowed: true, deniedBy: null });
    expect(await rateSync.consumeAll(both)).toMatchObject({
      allowed: false,
      deniedBy: 'mail',
      decisions: [
        { limiterId: 'login_ip', allowed: true, remaining: 1 },
        { limiterId: 'mail', allowed: false, remaining: 1 },
      ],
      binding: { limiterId: 'mail', retryAfterMs: 300_000 },
    });
    expect((await rateSync.getLimiter('login_ip').peek('a')).remaining).toBe(1);
  });

  it('takes from the first limit that lets the call pass', async () => {
    const { rateSync } = await app(adapter);
    const requests = [
      { limiter: 'login_ip', identifier: 'a', cost: 2 },
      { limiter: 'mail', identifier: 'a' },
    ];
    const any = () => rateSync.consumeAll(requests, { strategy: 'any' });
    expect(await any()).toMatchObject({ allowed: true, binding: { limiterId: 'login_ip' } });
    expect((await rateSync.getLimiter('mail').peek('a')).remaining).toBe(3);
    expect(await any()).toMatchObject({ allowed: true, binding: { limiterId: 'mail' } });
    await any();
    await any();
    expect(await any()).toMatchObject({ allowed: false });
  });

  it('adds up what a call asks twice', async () => {
    const { rateSync } = await app(adapter);
    const twice = { limiter: 'login_ip', identifier: 'a' };
    expect(await rateSync.consumeAll([twice, twice])).toMatchObject({
      allowed: true,
      decisions: [{ remaining: 0 }, { remaining: 0 }],
    });
  });

  it('makes the calls of a pipeline together, and each stands alone', async () => {
    const { rateSync } = await app(adapter);
    const pipeline = rateSync
      .pipeline()
      .consume('login_ip', 'a')
      .consume('login_ip', 'a', { cost: 2 })
      .consume('mail', 'a')
      .consume('login_ip', 'a');
    const decisions = await pipeline.execute();
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, false, true, true]);
    expect(await pipeline.execute()).toEqual([]);
  });

  it('lists limiters and stores', async () => {
    const { rateSync } = await app(adapter);
    expect(rateSync.listLimiters()).toEqual([
      {
        id: 'login_ip',
        storeId: 'main',
        policy: { algorithm: 'sliding_window', limit: 2, windowMs: 300_000 },
        failureMode: 'fail_open',
        timeoutMs: null,
        identifyBy: ['ip'],
      },
      expect.objectContaining({ id: 'mail', identifyBy: ['body:email'] }),
    ]);
    expect(rateSync.listStores()).toEqual([
      { id: 'main', strategy: 'memory', topology: null, address: null },
    ]);
  });
});
