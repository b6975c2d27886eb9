import { Controller, Get } from '@nestjs/common';
import { RateLimit, SkipRateLimit } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { limits, serve, windowOf } from '../support/http/serve.js';

const config = limits({ a: windowOf(9), b: windowOf(9) });

@RateLimit('a', 'b')
@Controller('limited')
class LimitedController {
  @Get('all')
  @SkipRateLimit()
  skipsAll(): string {
    return 'ok';
  }

  @Get('a')
  @SkipRateLimit('a')
  skipsA(): string {
    return 'ok';
  }

  @Get('both')
  @SkipRateLimit('a')
  @SkipRateLimit('b')
  skipsBoth(): string {
    return 'ok';
  }

  @Get('chosen')
  @SkipRateLimit('b')
  @RateLimit({ limiter: () => 'a' }, { limiter: () => Promise.resolve('b') })
  skipsChosen(): string {
    return 'ok';
  }
}

@SkipRateLimit()
@Controller('open')
class OpenController {
  @Get()
  open(): string {
    return 'ok';
  }

  @Get('own')
  @RateLimit('a')
  own(): string {
    return 'ok';
  }
}

@SkipRateLimit('a')
@Controller('partly')
class PartlyOpenController {
  @Get()
  bare(): string {
    return 'ok';
  }

  @Get('own')
  @RateLimit('a')
  own(): string {
    return 'ok';
  }
}

@SkipRateLimit()
abstract class OpenBase {
  @Get()
  read(): string {
    return 'ok';
  }
}

@Controller('open-heir')
class OpenHeirController extends OpenBase {}

@RateLimit('a')
@Controller('limited-heir')
class LimitedHeirController extends OpenBase {}

@RateLimit('a')
abstract class LimitedBase {
  @Get()
  read(): string {
    return 'ok';
  }
}

@SkipRateLimit()
@Controller('skipping-heir')
class SkippingHeirController extends LimitedBase {}

const controllers = [
  LimitedController,
  OpenController,
  PartlyOpenController,
  OpenHeirController,
  LimitedHeirController,
  SkippingHeirController,
];

describe.each(ADAPTERS)('@SkipRateLimit on $name', (adapter) => {
  it.each([
    ['on a method lifts everything', '/limited/all', ''],
    ['lifts only the limiter that it names', '/limited/a', 'b'],
    ['adds up with others', '/limited/both', ''],
    ['lifts a limiter that a function chose', '/limited/chosen', 'a'],
    ['on a class lifts everything, the default limits included', '/open', ''],
    ['on a class leaves the limits that a method names', '/open/own', 'a'],
    ['on a class lifts one of the default limits', '/partly', 'b'],
    [
      'on a class leaves a limit that a method names, also when it names that one',
      '/partly/own',
      'a',
    ],
    ['is inherited by a class that says nothing', '/open-heir', ''],
    ['gives way to the limits of a class that extends', '/limited-heir', 'a'],
    ['lifts the limits of the class that is extended', '/skipping-heir', ''],
  ])('%s', async (_why, path, left) => {
    const rateSync = { config, defaultLimiters: ['a', 'b'] };
    const { get } = await serve(adapter, { controllers, rateSync });
    const { headers, status } = await get(path);
    expect(status).toBe(200);
    const ids = [...(headers['ratelimit'] ?? '').matchAll(/"([^"]+)"/g)].map(([, id]) => id);
    expect(ids.join(', ')).toBe(left);
  });
});
