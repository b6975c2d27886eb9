import {
  Controller,
  HttpException,
  Inject,
  Injectable,
  Module,
  Post,
  UseGuards,
  type ExecutionContext,
  type ModuleMetadata,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  RateLimit,
  RateLimitGuard,
  RateSyncModule,
  type CompositeDecision,
} from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { create, limits, serve, statuses, times, windowOf } from '../support/http/serve.js';

const config = limits({ a: windowOf(2) });

interface Request {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

function headersOf(context: ExecutionContext): Request['headers'] {
  return context.switchToHttp().getRequest<Request>().headers;
}

@Injectable()
class UsersService {
  isStaff(name: string | undefined): boolean {
    return name === 'ada';
  }

  languageOf(name: string | undefined): string {
    return name === 'grace' ? 'en' : 'fr';
  }
}

/** Overrides everything, has a constructor of its own, and fields called like those of the guard. */
@Injectable()
class HouseGuard extends RateLimitGuard {
  @Inject(UsersService) private readonly injected!: UsersService;
  readonly services = 'mine';
  readonly rateSync = 'mine';
  readonly limiters = 'mine';
  readonly plans = 'mine';
  readonly transport = 'mine';
  protected readonly unsupported = 'mine';

  constructor(private readonly users: UsersService) {
    super();
  }

  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    return Promise.resolve(this.users.isStaff(headersOf(context)['x-user']));
  }

  protected override getErrorMessage(
    context: ExecutionContext,
    decision: CompositeDecision,
  ): string {
    const seconds = String(decision.binding.retryAfterMs / 1_000);
    const language = this.injected.languageOf(headersOf(context)['x-user']);
    return language === 'en' ? `Wait ${seconds} s` : `Attendez ${seconds} s`;
  }

  protected override createException(
    context: ExecutionContext,
    decision: CompositeDecision,
  ): Error {
    const message = this.getErrorMessage(context, decision);
    const { services, rateSync, limiters, plans, transport, unsupported } = this;
    const fields = [services, rateSync, limiters, plans, transport, unsupported];
    return new HttpException({ message, deniedBy: decision.deniedBy, fields }, 420);
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

@Controller()
@UseGuards(HouseGuard)
class GuardedController extends LoginController {}

@Module({ providers: [UsersService], exports: [UsersService] })
class UsersModule {}

const inModule = RateSyncModule.forRootAsync({
  imports: [UsersModule],
  guard: HouseGuard,
  useFactory: () => ({ config }),
});

const BINDINGS: readonly (ModuleMetadata & { readonly name: string })[] = [
  {
    name: 'APP_GUARD',
    imports: [RateSyncModule.forRoot({ config, globalGuard: false })],
    controllers: [LoginController],
    providers: [UsersService, { provide: APP_GUARD, useClass: HouseGuard }],
  },
  {
    name: '@UseGuards',
    imports: [RateSyncModule.forRoot({ config, globalGuard: false })],
    controllers: [GuardedController],
    providers: [UsersService],
  },
  { name: 'the option `guard`', imports: [inModule], controllers: [LoginController] },
];

describe.each(ADAPTERS)('a subclass of the guard on $name', (adapter) => {
  describe.each(BINDINGS)('bound by $name', ({ imports, controllers, providers }) => {
    const app = () =>
      serve(adapter, {
        imports: imports ?? [],
        controllers: (controllers ?? []) as never,
        providers: providers ?? [],
      });

    it('skips requests by what its own dependencies say', async () => {
      const { post } = await app();
      const replies = await times(5, () => post('/login', {}, { 'x-user': 'ada' }));
      expect(statuses(replies)).toEqual([201, 201, 201, 201, 201]);
      expect(replies[0]?.headers).not.toHaveProperty('ratelimit');
    });

    it('denies with its own exception and message, and with the headers of a denial', async () => {
      const { post } = await app();
      const replies = await times(3, () => post('/login', {}, { 'x-user': 'grace' }));
      expect(statuses(replies)).toEqual([201, 201, 420]);
      expect(replies[2]?.json).toEqual({
        message: 'Wait 300 s',
        deniedBy: 'a',
        fields: Array.from({ length: 6 }, () => 'mine'),
      });
      expect(replies[2]?.headers).toMatchObject({
        'retry-after': '300',
        ratelimit: '"a";r=0;t=300',
      });
      const french = await post('/login', {}, { 'x-user': 'marie' });
      expect(french.json).toMatchObject({ message: 'Attendez 300 s' });
    });
  });

  it('binds nothing when the option `guard` comes with `globalGuard: false`', async () => {
    const { post } = await serve(adapter, {
      controllers: [LoginController],
      rateSync: { config, globalGuard: false, guard: RateLimitGuard },
    });
    expect(statuses(await times(4, () => post('/login')))).toEqual([201, 201, 201, 201]);
  });

  it('that was made with `new` fails with the reason', async () => {
    const { post, log } = await serve(adapter, {
      controllers: [LoginController],
      providers: [{ provide: APP_GUARD, useFactory: () => new HouseGuard(new UsersService()) }],
      rateSync: { config, globalGuard: false },
    });
    expect((await post('/login')).status).toBe(500);
    expect(log.text).toContain('HouseGuard was not made by Nest');
  });

  it.each([
    ['a string', 'HouseGuard'],
    ['another class', UsersService],
    ['null', null],
  ])('is the only value of the option `guard`: %s stops the start', async (_, guard) => {
    const start = () => create(adapter, { rateSync: { config, guard: guard as never } });
    await expect(Promise.resolve().then(start)).rejects.toThrow(
      'guard must be a class that extends RateLimitGuard',
    );
  });
});
