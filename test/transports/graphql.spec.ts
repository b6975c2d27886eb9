import { Controller, Get, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql';
import {
  RateLimit,
  RateLimitDecision,
  type RateLimitGuard,
  SkipRateLimit,
  type CompositeDecision,
} from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { anApp, type AppOptions, config, EverywhereGuard, LIMIT, SECRETS } from './app.js';

let called = 0;

@Resolver()
class PageResolver {
  @Query(() => String)
  page(): string {
    called += 1;
    return 'page';
  }

  @Query(() => String)
  @RateLimit('page')
  limited(): string {
    called += 1;
    return 'limited';
  }

  @Mutation(() => Number)
  @RateLimit('page')
  vote(@RateLimitDecision() decision: CompositeDecision | undefined): number {
    called += 1;
    return decision?.binding.remaining ?? -1;
  }

  @Mutation(() => Number)
  @RateLimit('page')
  @UseGuards(EverywhereGuard, EverywhereGuard)
  voteTwiceGuarded(): number {
    called += 1;
    return called;
  }

  @Query(() => Boolean)
  unlimited(@RateLimitDecision() decision: CompositeDecision | undefined): boolean {
    return decision === undefined;
  }
}

@Resolver()
@RateLimit('page')
class LimitedResolver {
  @Query(() => String)
  byClass(): string {
    return 'limited by its class';
  }

  @Query(() => String)
  @SkipRateLimit()
  skipped(): string {
    return 'skipped';
  }
}

@Controller()
class PageController {
  @Get('page')
  page(): string {
    return 'page';
  }
}

interface Answer {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string }[];
}

async function api(options: AppOptions = {}, guards: readonly (typeof RateLimitGuard)[] = []) {
  called = 0;
  const { app, log } = await anApp(
    {
      imports: [
        GraphQLModule.forRoot<ApolloDriverConfig>({
          driver: ApolloDriver,
          autoSchemaFile: true,
          includeStacktraceInErrorResponses: true,
        }),
      ],
      providers: [
        PageResolver,
        LimitedResolver,
        ...guards.map((guard) => ({ provide: APP_GUARD, useClass: guard })),
      ],
      controllers: [PageController],
    },
    { config, ...options },
  );
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const post = async (query: string): Promise<Response> =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
  return {
    log,
    get: (path: string) => fetch(`${url}${path}`),
    post,
    ask: async (query: string) => (await (await post(query)).json()) as Answer,
  };
}

describe('A5: a resolver without a rule of its own', () => {
  it('never fails for default rules, which routes have', async () => {
    const { ask, get } = await api({ defaultLimiters: ['page'] });
    for (let n = 0; n < LIMIT * 3; n++) {
      expect(await ask('{ page }')).toEqual({ data: { page: 'page' } });
    }
    const statuses = [];
    for (let n = 0; n <= LIMIT; n++) statuses.push((await get('/page')).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  it('never fails for what its class skips, or for asking what was decided', async () => {
    const { ask } = await api();
    expect(await ask('{ skipped unlimited }')).toEqual({
      data: { skipped: 'skipped', unlimited: true },
    });
  });
});

describe('A5: a resolver with a rule', () => {
  it.each(['{ limited }', '{ byClass }', 'mutation { vote }'])(
    'fails, and the log alone says why: %s',
    async (query) => {
      const { post, log } = await api();
      for (let n = 0; n < 3; n++) {
        const text = await (await post(query)).text();
        expect(text).toContain('Internal Server Error');
        expect(text).not.toMatch(SECRETS);
      }
      expect(called).toBe(0);
      const lines = log.having('works on HTTP routes only');
      expect(lines.map(({ level }) => level)).toEqual(['error']);
      expect(lines[0]?.text).toMatch(/@RateLimit on \w+Resolver\.\w+ .*"graphql"/);
    },
  );

  it('does not fail its siblings', async () => {
    const { ask } = await api();
    const { errors } = await ask('{ page limited }');
    expect(errors).toHaveLength(1);
    expect(called).toBe(1);
  });
});

describe('A6: a transport that reaches GraphQL', () => {
  const everywhere = { globalGuard: false, transports: 'everything' } as const;

  it('takes the limit for each of 200 aliases of a mutation', async () => {
    const { ask } = await api(everywhere, [EverywhereGuard]);
    const aliases = Array.from({ length: 200 }, (_, n) => `a${String(n)}: vote`);
    const { errors } = await ask(`mutation { ${aliases.join(' ')} }`);
    expect(called).toBe(LIMIT);
    expect(errors?.length).toBeGreaterThan(0);
  });

  it('takes it for each alias of a query, and for each document', async () => {
    const { ask } = await api(everywhere, [EverywhereGuard]);
    await ask('{ a: limited b: limited }');
    await ask('{ a: limited b: limited }');
    expect(called).toBe(LIMIT);
  });

  it('takes it once for a field, however often it is bound', async () => {
    const { ask } = await api(everywhere, [EverywhereGuard, EverywhereGuard]);
    for (let n = 0; n <= LIMIT; n++) await ask('mutation { voteTwiceGuarded }');
    expect(called).toBe(LIMIT);
  });

  it('passes each field its own decision', async () => {
    const { ask } = await api(everywhere, [EverywhereGuard]);
    expect(await ask('mutation { a: vote b: vote c: vote }')).toEqual({
      data: { a: 2, b: 1, c: 0 },
    });
  });
});
