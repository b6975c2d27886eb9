import {
  applyDecorators,
  Controller,
  Get,
  Header,
  Injectable,
  Scope,
  type DynamicModule,
  type Type,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import {
  RateLimit,
  RateLimitDecision,
  SkipRateLimit,
  type CompositeDecision,
} from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import type { RecordedLog } from '../support/http/recorded-log.js';
import { create, limits, serve, statuses, windowOf } from '../support/http/serve.js';

const config = limits({ a: windowOf(2), b: windowOf(3), c: windowOf(9) });

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Replaces a method without copying its metadata, as tracing, transactions and caches do. */
function Wrap(): MethodDecorator {
  return (_target, _key, descriptor: PropertyDescriptor) => {
    const method = descriptor.value as Method;
    descriptor.value = function (this: unknown, ...args: unknown[]): unknown {
      return method.apply(this, args);
    };
  };
}

/** Replaces a method and copies its metadata. */
function WrapWell(): MethodDecorator {
  return (_target, _key, descriptor: PropertyDescriptor) => {
    const method = descriptor.value as Method;
    const wrapper = function (this: unknown, ...args: unknown[]): unknown {
      return method.apply(this, args);
    };
    copyMetadata(method, wrapper);
    descriptor.value = wrapper;
  };
}

function copyMetadata(from: object, to: object): void {
  for (const key of Reflect.getMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  }
}

/** A class in the place of another, with all of its metadata. */
function Subclassed(): ClassDecorator {
  return ((type: Type<object>) => {
    const subclass = class extends type {};
    copyMetadata(type, subclass);
    return subclass;
  }) as ClassDecorator;
}

function Proxied(): ClassDecorator {
  return ((type: Type<object>) => new Proxy(type, {})) as ClassDecorator;
}

@Controller('wrapped')
@RateLimit('c')
class WrappedController {
  @Get('below')
  @Wrap()
  @RateLimit('a')
  below(): string {
    return 'ok';
  }

  @RateLimit('a')
  @Get('above')
  @Wrap()
  above(): string {
    return 'ok';
  }

  @Get('around')
  @RateLimit('a')
  @Wrap()
  @RateLimit('b')
  around(): string {
    return 'ok';
  }

  @Get('copied')
  @RateLimit('a')
  @WrapWell()
  @RateLimit('b')
  copied(): string {
    return 'ok';
  }

  @Get('skips')
  @Wrap()
  @SkipRateLimit()
  skips(): string {
    return 'ok';
  }

  @Get('skips-one')
  @Wrap()
  @SkipRateLimit('a')
  @Wrap()
  @RateLimit('a', 'b')
  skipsOne(): string {
    return 'ok';
  }

  @applyDecorators(RateLimit('a'), Wrap(), Get('applied'))
  applied(): string {
    return 'ok';
  }

  @Get('decision')
  @Wrap()
  @RateLimit('a')
  decision(@RateLimitDecision() decision: CompositeDecision): string {
    return decision.binding.limiterId;
  }

  @Get('bare')
  @Wrap()
  bare(): string {
    return 'ok';
  }
}

abstract class Base {
  @Get('inherited')
  @Wrap()
  @RateLimit('a')
  inherited(@RateLimitDecision() decision: CompositeDecision): string {
    return decision.binding.limiterId;
  }

  @Get('overridden')
  @Wrap()
  @RateLimit('a')
  overridden(): string {
    return 'ok';
  }

  @Get('ruled-anew')
  @RateLimit('a')
  ruledAnew(): string {
    return 'ok';
  }
}

@Controller('heir')
class HeirController extends Base {
  @Get('overridden')
  override overridden(): string {
    return super.overridden();
  }

  @Get('ruled-anew')
  @Wrap()
  @RateLimit('b')
  override ruledAnew(): string {
    return 'ok';
  }
}

@Controller('other-heir')
class OtherHeirController extends Base {}

function Limited<Parent extends Type<object>>(parent: Parent) {
  class LimitedMixin extends parent {
    @Get('mixed-in')
    @Wrap()
    @RateLimit('a')
    mixedIn(): string {
      return 'ok';
    }
  }
  return LimitedMixin;
}

@Controller('mixin')
class MixinController extends Limited(class {}) {}

class Copied {
  @Get('copied')
  @RateLimit('a')
  copied(): string {
    return 'ok';
  }
}

@Controller('copy')
class CopyController {}
Object.defineProperty(
  CopyController.prototype,
  'copied',
  Object.getOwnPropertyDescriptor(Copied.prototype, 'copied') ?? {},
);

@Subclassed()
@Controller('subclassed')
@RateLimit('b')
class SubclassedController {
  @Get('own')
  @Wrap()
  @RateLimit('a')
  own(): string {
    return 'ok';
  }

  @Get('bare')
  bare(): string {
    return 'ok';
  }
}

@Controller('proxied')
@Proxied()
@RateLimit('b')
class ProxiedController {
  @Get('own')
  @Wrap()
  @RateLimit('a')
  own(): string {
    return 'ok';
  }

  @Get('bare')
  bare(): string {
    return 'ok';
  }
}

@Controller({ path: 'request', scope: Scope.REQUEST })
class RequestController {
  @Get('own')
  @Wrap()
  @RateLimit('a')
  own(): string {
    return 'ok';
  }
}

@Controller('bound')
@RateLimit('b')
class BoundController {
  constructor() {
    this.own = this.own.bind(this);
    this.bare = this.bare.bind(this);
    this.arrow = () => 'ok';
    this.skips = this.skips.bind(this);
  }

  @Get('own')
  @RateLimit('a')
  own(): string {
    return 'ok';
  }

  @Get('arrow')
  @Wrap()
  @RateLimit('a')
  arrow(): string {
    return 'ok';
  }

  @Get('bare')
  bare(): string {
    return 'ok';
  }

  @Get('skips')
  @SkipRateLimit()
  skips(): string {
    return 'ok';
  }
}

@Controller('bound-heir')
class BoundHeirController extends BoundController {}

@Controller({ path: 'request-bound', scope: Scope.REQUEST })
class RequestBoundController extends BoundController {}

const controllers = [
  WrappedController,
  HeirController,
  OtherHeirController,
  MixinController,
  CopyController,
  SubclassedController,
  ProxiedController,
  RequestController,
  BoundController,
  BoundHeirController,
];

const CASES: readonly [what: string, path: string, limits: string][] = [
  ['a wrapper above the rule', '/wrapped/below', 'a'],
  ['a wrapper below the rule', '/wrapped/above', 'a'],
  ['a wrapper between two rules', '/wrapped/around', 'a, b'],
  ['a wrapper that copies metadata, between two rules', '/wrapped/copied', 'a, b'],
  ['a wrapper above a skip', '/wrapped/skips', ''],
  ['wrappers above a skip and a rule', '/wrapped/skips-one', 'b'],
  ['applyDecorators', '/wrapped/applied', 'a'],
  ['a wrapper above no rule', '/wrapped/bare', 'c'],
  ['a method that is inherited', '/heir/inherited', 'a'],
  ['a method that another class inherits, too', '/other-heir/inherited', 'a'],
  ['an override without a rule', '/heir/overridden', ''],
  ['an override with a rule', '/heir/ruled-anew', 'b'],
  ['a mixin that extends', '/mixin/mixed-in', 'a'],
  ['a mixin whose methods are copied', '/copy/copied', 'a'],
  ['a class that a subclass replaces', '/subclassed/own', 'a'],
  ['a class rule that a subclass replaces', '/subclassed/bare', 'b'],
  ['a class behind a proxy', '/proxied/own', 'a'],
  ['a class rule behind a proxy', '/proxied/bare', 'b'],
  ['a controller of request scope', '/request/own', 'a'],
  ['a method bound in the constructor', '/bound/own', 'a'],
  ['a method that a constructor replaces', '/bound/arrow', 'a'],
  ['a bound method without a rule', '/bound/bare', 'b'],
  ['a bound method that skips', '/bound/skips', ''],
  ['a bound method that is inherited', '/bound-heir/own', 'a'],
];

function warningsIn(log: RecordedLog): readonly string[] {
  return log.lines.filter(({ level }) => level === 'warn').map(({ text }) => text);
}

/** Two modules of the application that register the same controller, below `/one` and `/two`. */
function twice(controller: Type): DynamicModule[] {
  class OneModule {}
  class TwoModule {}
  return [
    { module: OneModule, controllers: [controller] },
    { module: TwoModule, controllers: [controller] },
    RouterModule.register([
      { path: 'one', module: OneModule },
      { path: 'two', module: TwoModule },
    ]),
  ];
}

describe.each(ADAPTERS)('A2: a rule belongs to a class and a method on $name', (adapter) => {
  it.each(CASES)('with %s', async (_what, path, expected) => {
    const { get } = await serve(adapter, { controllers, rateSync: { config } });
    const { headers, status } = await get(path);
    expect(status).toBe(200);
    const ids = [...(headers['ratelimit'] ?? '').matchAll(/"([^"]+)"/g)].map(([, id]) => id);
    expect(ids.join(', ')).toBe(expected);
  });

  it('with RateLimitDecision, in a wrapped method and in one that is inherited', async () => {
    const { get } = await serve(adapter, { controllers, rateSync: { config } });
    expect((await get('/wrapped/decision')).text).toBe('a');
    expect((await get('/heir/inherited')).text).toBe('a');
  });

  it('with a controller that two modules register: it counts once', async () => {
    const { get } = await serve(adapter, { imports: twice(BoundController), rateSync: { config } });
    expect((await get('/one/bound/own')).headers['ratelimit']).toMatch(/^"a";r=1;/);
    expect((await get('/two/bound/own')).headers['ratelimit']).toMatch(/^"a";r=0;/);
    expect(statuses([await get('/one/bound/own'), await get('/two/bound/arrow')])).toEqual([
      429, 429,
    ]);
  });

  it('with functions that a controller of request scope makes for each request, by their name', async () => {
    class ArrowController extends RequestBoundController {}
    const { get } = await serve(adapter, {
      controllers: [ArrowController],
      rateSync: { config },
    });
    expect((await get('/request-bound/own')).headers['ratelimit']).toMatch(/^"a"/);
    expect((await get('/request-bound/bare')).headers['ratelimit']).toMatch(/^"b"/);
  });

  it('fails a request rather than lose a limit when the method is unknown', async () => {
    const { get, log } = await serve(adapter, {
      controllers: [RequestBoundController],
      rateSync: { config },
    });
    expect((await get('/request-bound/arrow')).status).toBe(500);
    expect(log.text).toContain('cannot tell which method RequestBoundController');
  });

  it('stops the start where an instance has another function each time', async () => {
    @Controller('changing')
    class ChangingController {
      constructor() {
        return new Proxy(this, {
          get: (target, key): unknown => {
            const value: unknown = Reflect.get(target, key);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
      }

      @Get()
      @RateLimit('a')
      read(): string {
        return 'ok';
      }
    }
    const app = await create(adapter, { controllers: [ChangingController], rateSync: { config } });
    await expect(app.init()).rejects.toThrow('ChangingController.read');
  });

  it('checks names of wrapped, bound and inherited methods at the start', async () => {
    @Controller('misspelt')
    @Proxied()
    @RateLimit('clas')
    class MisspeltController extends Limited(class {}) {
      constructor() {
        super();
        this.bound = this.bound.bind(this);
      }

      @Get('rule')
      @Wrap()
      @RateLimit('rul')
      rule(): string {
        return 'ok';
      }

      @Get('skip')
      @Wrap()
      @SkipRateLimit('skp')
      skip(): string {
        return 'ok';
      }

      @Get('bound')
      @RateLimit('bond')
      bound(): string {
        return 'ok';
      }
    }
    const start = create(adapter, {
      imports: twice(MisspeltController),
      rateSync: { config },
    });
    await expect(start).rejects.toMatchObject({
      uses: [
        { limiterId: 'clas', where: 'MisspeltController' },
        { limiterId: 'rul', where: 'MisspeltController.rule' },
        { limiterId: 'skp', where: 'MisspeltController.skip' },
        { limiterId: 'bond', where: 'MisspeltController.bound' },
      ],
    });
  });

  it('checks the names of handlers of providers, whatever their transport', async () => {
    @Injectable()
    class EventsGateway {
      @Header('x-handler', 'yes')
      @RateLimit('evnts')
      onEvent(): string {
        return 'ok';
      }
    }
    const start = create(adapter, { providers: [EventsGateway], rateSync: { config } });
    await expect(start).rejects.toThrow('EventsGateway.onEvent names "evnts"');
  });

  it('does not check the names of a method that is overridden', async () => {
    class Elsewhere {
      @Get()
      @RateLimit('of_another_application')
      read(): string {
        return 'ok';
      }
    }
    @Controller()
    class HereController extends Elsewhere {
      @Get()
      @RateLimit('a')
      override read(): string {
        return 'ok';
      }
    }
    const { get } = await serve(adapter, { controllers: [HereController], rateSync: { config } });
    expect((await get('/')).headers['ratelimit']).toMatch(/^"a"/);
  });

  it('warns once of an override that drops the rule of what it overrides', async () => {
    const { log } = await serve(adapter, {
      controllers: [OtherHeirController],
      imports: twice(HeirController),
      rateSync: { config },
    });
    expect(warningsIn(log)).toEqual([
      expect.stringContaining(
        'HeirController.overridden overrides Base.overridden and drops its @RateLimit',
      ),
    ]);
  });

  it('does not warn of an override that says that it is free, nor of one that no route calls', async () => {
    @Controller('free')
    class FreeController extends Base {
      @Get('overridden')
      @SkipRateLimit()
      override overridden(): string {
        return 'ok';
      }

      override ruledAnew(): string {
        return 'no route';
      }
    }
    const { get, log } = await serve(adapter, {
      controllers: [FreeController],
      rateSync: { config },
    });
    expect((await get('/free/overridden')).headers).not.toHaveProperty('ratelimit');
    expect(warningsIn(log)).toEqual([]);
  });
});

describe('A2: a decorator that cannot take effect', () => {
  it.each([
    ['@RateLimit', RateLimit('a')],
    ['@SkipRateLimit', SkipRateLimit()],
  ])('%s on a property, an accessor or a parameter is an error', (name, decorator) => {
    const decorate: (...args: unknown[]) => void = (...args) => {
      Reflect.apply(decorator, undefined, args);
    };
    const error = `${name} belongs on a class or on a method`;
    const accessor = { get: () => 'ok', configurable: true };
    expect(() => {
      decorate(Copied.prototype, 'property', undefined);
    }).toThrow(error);
    expect(() => {
      decorate(Copied.prototype, 'accessor', accessor);
    }).toThrow(error);
    expect(() => {
      decorate(Copied.prototype, 'copied', 0);
    }).toThrow(error);
    expect(() => {
      decorate(Copied, undefined, 0);
    }).toThrow(error);
  });
});
