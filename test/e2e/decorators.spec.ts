import { Controller, Get } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { limits, serve, statuses, times, windowOf } from '../support/http/serve.js';

const config = limits({ a: windowOf(2), b: windowOf(3), c: windowOf(5) });

/** The limits that an answer speaks of, as in `a, c`. */
async function limitsOn(
  get: (path: string) => Promise<{ headers: Readonly<Record<string, string>> }>,
  path: string,
): Promise<string> {
  const { headers } = await get(path);
  const ids = [...(headers['ratelimit'] ?? '').matchAll(/"([^"]+)"/g)].map(([, id]) => id);
  return ids.join(', ');
}

@RateLimit('a')
@Controller('class')
class LimitedController {
  @Get('bare')
  bare(): string {
    return 'ok';
  }

  @Get('own')
  @RateLimit('b')
  own(): string {
    return 'ok';
  }

  @Get('several')
  @RateLimit('b')
  @RateLimit('c')
  several(): string {
    return 'ok';
  }
}

@RateLimit('a')
@RateLimit('b', 'c')
@Controller('class-of-three')
class ThreeLimitsController {
  @Get()
  bare(): string {
    return 'ok';
  }
}

@Controller('plain')
class PlainController {
  @Get()
  plain(): string {
    return 'ok';
  }

  @Get('own')
  @RateLimit('b')
  own(): string {
    return 'ok';
  }
}

const controllers = [LimitedController, ThreeLimitsController, PlainController];

describe.each(ADAPTERS)('@RateLimit on $name', (adapter) => {
  const app = (more = {}) => serve(adapter, { controllers, rateSync: { config, ...more } });

  it.each([
    ['on a class limits all of its routes', '/class/bare', 'a'],
    ['on a method replaces that on the class', '/class/own', 'b'],
    ['adds up with others on the method', '/class/several', 'b, c'],
    ['adds up with others on the class', '/class-of-three', 'a, b, c'],
    ['limits nothing where it is not written', '/plain', ''],
  ])('%s', async (_why, path, expected) => {
    const { get } = await app();
    expect(await limitsOn(get, path)).toBe(expected);
  });

  it('leaves routes without rules without limit', async () => {
    const { get } = await app();
    expect(new Set(statuses(await times(50, () => get('/plain'))))).toEqual(new Set([200]));
  });

  it('gives way to nothing: default limits are for routes without any', async () => {
    const { get } = await app({ defaultLimiters: ['c', { limiter: 'a', by: 'global' }] });
    expect(await limitsOn(get, '/plain')).toBe('c, a');
    expect(await limitsOn(get, '/plain/own')).toBe('b');
    expect(await limitsOn(get, '/class/bare')).toBe('a');
  });

  it('denies a request over any of several limits, and takes nothing then', async () => {
    const { get } = await app();
    await times(2, () => get('/class-of-three'));
    const refused = await times(9, () => get('/class-of-three'));
    expect(new Set(statuses(refused))).toEqual(new Set([429]));
    expect(refused[8]?.headers['ratelimit']).toBe('"a";r=0;t=300, "b";r=1;t=300, "c";r=3;t=300');
  });
});

abstract class Resource {
  @Get('inherited')
  @RateLimit('b')
  inherited(): string {
    return 'ok';
  }

  @Get('open')
  open(): string {
    return 'ok';
  }
}

@Controller('first')
class FirstController extends Resource {}

@RateLimit('c')
@Controller('second')
class SecondController extends Resource {}

@RateLimit('a')
abstract class LimitedResource {
  @Get()
  bare(): string {
    return 'ok';
  }
}

@Controller('third')
class ThirdController extends LimitedResource {}

@RateLimit('b')
@Controller('fourth')
class FourthController extends LimitedResource {}

describe.each(ADAPTERS)('controllers that extend others on $name', (adapter) => {
  const heirs = [FirstController, SecondController, ThirdController, FourthController];
  const app = () => serve(adapter, { controllers: heirs, rateSync: { config } });

  it.each([
    ['keep the limits of an inherited method', '/first/inherited', 'b'],
    ['add no limits of their own', '/first/open', ''],
    ['limit inherited methods by their own decorator', '/second/open', 'c'],
    ['do not replace limits of a method', '/second/inherited', 'b'],
    ['inherit the limits of a class', '/third', 'a'],
    ['replace the limits of the class that they extend', '/fourth', 'b'],
  ])('%s', async (_why, path, expected) => {
    const { get } = await app();
    expect(await limitsOn(get, path)).toBe(expected);
  });
});

/** Two controllers that nothing but their path tells apart. */
function twins(first: string, second: string): ReturnType<typeof twin>[] {
  return [twin('one', first), twin('two', second)];
}

function twin(path: string, limiterId: string) {
  @Controller(path)
  class TwinController {
    @Get()
    @RateLimit(limiterId)
    read(): string {
      return 'ok';
    }
  }
  return TwinController;
}

describe.each(ADAPTERS)('two controllers with equal names on $name', (adapter: Adapter) => {
  it('share a limit when they name the same limiter', async () => {
    const { get } = await serve(adapter, { controllers: twins('a', 'a'), rateSync: { config } });
    expect(statuses([await get('/one'), await get('/two'), await get('/one')])).toEqual([
      200, 200, 429,
    ]);
  });

  it('share nothing when they name different ones', async () => {
    const { get } = await serve(adapter, { controllers: twins('a', 'b'), rateSync: { config } });
    await times(3, () => get('/one'));
    expect((await get('/two')).headers['ratelimit']).toBe('"b";r=2;t=300');
  });
});
