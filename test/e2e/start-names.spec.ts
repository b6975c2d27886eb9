import {
  Controller,
  Get,
  Injectable,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
  type Provider,
  type Type,
} from '@nestjs/common';
import {
  InjectLimiter,
  RateLimit,
  RateLimited,
  SkipRateLimit,
  type Limiter,
  type RateSyncModuleOptions,
} from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { create, limits, windowOf } from '../support/http/serve.js';

const config = limits({ login_ip: windowOf(3), public: windowOf(3) });

@Controller()
class MethodController {
  @Get()
  @RateLimit('public', { limiter: 'login_pi', by: 'ip' })
  login(): string {
    return 'ok';
  }
}

@Controller('class')
@RateLimit('publc')
class ClassController {
  @Get()
  read(): string {
    return 'ok';
  }
}

@Controller()
class SkippingController {
  @Get()
  @SkipRateLimit('pubilc')
  read(): string {
    return 'ok';
  }
}

@Controller()
@SkipRateLimit('pubilc')
class SkippingClassController {
  @Get()
  read(): string {
    return 'ok';
  }
}

abstract class LimitedBase {
  @Get('inherited')
  @RateLimit('logn_ip')
  inherited(): string {
    return 'ok';
  }
}

@Controller()
class HeirController extends LimitedBase {}

@RateLimit('logn_ip')
abstract class LimitedClassBase {
  @Get()
  read(): string {
    return 'ok';
  }
}

@Controller()
class HeirOfClassController extends LimitedClassBase {}

@Injectable()
class WaitingService {
  @RateLimited('pubic')
  call(): string {
    return 'ok';
  }
}

@Injectable()
class ConstructorService {
  constructor(@InjectLimiter('login_ips') readonly limiter: Limiter) {}
}

@Injectable()
class PropertyService {
  @InjectLimiter('Public_') readonly limiter!: Limiter;
}

@Injectable()
class InheritingService extends ConstructorService {}

@Injectable()
class LimitingGuard implements CanActivate {
  constructor(@InjectLimiter('login_up') readonly limiter: Limiter) {}

  canActivate(): boolean {
    return true;
  }
}

@Injectable()
class LimitingInterceptor implements NestInterceptor {
  constructor(@InjectLimiter('login_op') readonly limiter: Limiter) {}

  intercept(_execution: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    return next.handle();
  }
}

@Controller()
class GuardedController {
  @Get()
  @UseGuards(LimitingGuard)
  read(): string {
    return 'ok';
  }
}

@Controller()
class InterceptedController {
  @Get()
  @UseInterceptors(LimitingInterceptor)
  read(): string {
    return 'ok';
  }
}

interface Naming {
  readonly controllers?: readonly Type[];
  readonly providers?: readonly Provider[];
  readonly defaultLimiters?: RateSyncModuleOptions['defaultLimiters'];
}

const CASES: readonly [by: string, parts: Naming, line: string][] = [
  [
    '@RateLimit on a method',
    { controllers: [MethodController] },
    'MethodController.login names "login_pi". Did you mean "login_ip"?',
  ],
  [
    '@RateLimit on a class',
    { controllers: [ClassController] },
    'ClassController names "publc". Did you mean "public"?',
  ],
  [
    '@RateLimit on a method that a controller inherits',
    { controllers: [HeirController] },
    'HeirController.inherited names "logn_ip". Did you mean "login_ip"?',
  ],
  [
    '@RateLimit on a class that a controller extends',
    { controllers: [HeirOfClassController] },
    'HeirOfClassController names "logn_ip". Did you mean "login_ip"?',
  ],
  [
    '@SkipRateLimit on a method',
    { controllers: [SkippingController] },
    'SkippingController.read names "pubilc". Did you mean "public"?',
  ],
  [
    '@SkipRateLimit on a class',
    { controllers: [SkippingClassController] },
    'SkippingClassController names "pubilc". Did you mean "public"?',
  ],
  [
    '@RateLimited',
    { providers: [WaitingService] },
    'WaitingService names "pubic". Did you mean "public"?',
  ],
  [
    '@InjectLimiter in a constructor',
    { providers: [ConstructorService] },
    'ConstructorService names "login_ips". Did you mean "login_ip"?',
  ],
  [
    '@InjectLimiter on a property',
    { providers: [PropertyService] },
    'PropertyService names "Public_". Did you mean "public"?',
  ],
  [
    '@InjectLimiter in a constructor that a provider inherits',
    { providers: [InheritingService] },
    'InheritingService names "login_ips". Did you mean "login_ip"?',
  ],
  [
    '@InjectLimiter in a provider under another token',
    { providers: [{ provide: 'service', useClass: ConstructorService }] },
    'ConstructorService names "login_ips". Did you mean "login_ip"?',
  ],
  [
    '@InjectLimiter in a guard of a route',
    { controllers: [GuardedController] },
    'LimitingGuard names "login_up". Did you mean "login_ip"?',
  ],
  [
    '@InjectLimiter in an interceptor of a route',
    { controllers: [InterceptedController] },
    'LimitingInterceptor names "login_op". Did you mean "login_ip"?',
  ],
  [
    'defaultLimiters',
    { defaultLimiters: ['public', { limiter: 'private', by: 'global' }] },
    'defaultLimiters names "private".',
  ],
];

describe.each(ADAPTERS)('a limiter that does not exist on $name', (adapter) => {
  it.each(CASES)('stops the start when it is named by %s', async (_by, parts, line) => {
    const { controllers = [], providers = [], defaultLimiters } = parts;
    const rateSync = { config, defaultLimiters };
    const start = create(adapter, { controllers, providers, rateSync }).then(() => 'it was made');
    await expect(start).rejects.toThrow(line);
    await expect(start).rejects.toMatchObject({ code: 'RATE_SYNC_UNKNOWN_LIMITER' });
    await expect(start).rejects.toThrow('Known: login_ip, public.');
  });

  it('is reported together with all others', async () => {
    const controllers = [MethodController, ClassController];
    const start = create(adapter, { controllers, rateSync: { config } });
    await expect(start).rejects.toMatchObject({
      uses: [
        { limiterId: 'login_pi', where: 'MethodController.login' },
        { limiterId: 'publc', where: 'ClassController' },
      ],
    });
  });
});
