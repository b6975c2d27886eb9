import { Controller, Post } from '@nestjs/common';
import { RateLimit, type OverflowEvent } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { manyTimes, serve, statuses, times, windowOf } from '../support/http/serve.js';

@Controller()
class LoginController {
  @Post('login')
  @RateLimit('login_credential')
  login(): string {
    return 'welcome';
  }
}

const MAX_KEYS = 20;

async function app(adapter: Adapter) {
  const clock = new FakeClock();
  const overflows: OverflowEvent[] = [];
  const served = await serve(adapter, {
    controllers: [LoginController],
    rateSync: {
      config: {
        stores: { main: { strategy: 'memory', maxKeys: MAX_KEYS } },
        limiters: { login_credential: windowOf(2, { identifyBy: 'body:email' }) },
      },
      observers: [{ onOverflow: (event) => overflows.push(event) }],
    },
    clock,
  });
  const login = (email: string) => served.post('/login', { email });
  return { ...served, clock, overflows, login };
}

describe.each(ADAPTERS)('an attacker who fills the store on $name', (adapter) => {
  it('does not free a denied account', async () => {
    const { login } = await app(adapter);
    await times(2, () => login('attacked@example.org'));
    await manyTimes(MAX_KEYS * 10, (n) => login(`filler${String(n)}@example.org`));
    expect((await login('attacked@example.org')).status).toBe(429);
  });

  it('shares one bucket with all newcomers when every account is blocked', async () => {
    const { login, overflows, log } = await app(adapter);
    await times(MAX_KEYS * 2, (n) => login(`blocked${String(n >> 1)}@example.org`));
    const newcomers = await times(20, (n) => login(`new${String(n)}@example.org`));
    expect(statuses(newcomers).filter((status) => status === 201)).toHaveLength(2);
    expect(overflows).toEqual([
      { storeId: 'main', limiterId: 'login_credential', maxKeys: MAX_KEYS },
    ]);
    const warnings = log.having('rate_limit_overflow');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.text).toContain('Raise max_keys');
    expect(log.text).not.toContain('@example.org');
  });

  it('is over when the windows have passed', async () => {
    const { login, clock } = await app(adapter);
    await times(MAX_KEYS * 2, (n) => login(`blocked${String(n >> 1)}@example.org`));
    clock.advance(300_000);
    const newcomers = await times(MAX_KEYS, (n) => login(`new${String(n)}@example.org`));
    expect(newcomers.map(({ headers }) => headers['x-ratelimit-remaining'])).toEqual(
      Array<string>(MAX_KEYS).fill('1'),
    );
  });
});
