import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Body, Controller, Post } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { runCli } from '../support/command-line.js';
import { ADAPTERS } from '../support/http/adapters.js';
import { serve, times, type Served } from '../support/http/serve.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/redis/temporary-folder.js';

const PASSWORD = 'canary-of-the-callers';

const TOML = `[stores.main]
url = "\${REDIS_URL}"
password = "${PASSWORD}"
deny_cache_seconds = 0
decision_timeout = 5
socket_connect_timeout = 2

[limiters.address]
algorithm = "sliding_window"
limit = 3
window_seconds = 300
timeout = 5

[limiters.account]
rate_per_second = 0.01
burst = 2
timeout = 5
identify_by = "body:email"

[limiters.both]
rate_per_second = 0.01
burst = 1
timeout = 5
identify_by = ["ip", "body:email"]

[limiters.slots]
max_concurrent = 2
timeout = 5
`;

@Controller()
class RoutesController {
  @Post('address')
  @RateLimit('address')
  address(): void {}

  @Post('account')
  @RateLimit('account')
  account(@Body() body: unknown): unknown {
    return body;
  }

  @Post('both')
  @RateLimit('both')
  both(): void {}

  @Post('tenant')
  @RateLimit({ limiter: 'account', by: 'header:x-tenant' })
  tenant(): void {}
}

let server: RedisServer;
let folder: TemporaryFolder;
let config: string;
beforeAll(async () => {
  server = await RedisServer.start({ password: PASSWORD });
  folder = await makeTemporaryFolder('callers');
  config = join(folder.path, 'rate-sync.toml');
  await writeFile(config, TOML.replace('${REDIS_URL}', `redis://127.0.0.1:${String(server.port)}`));
});
afterAll(() => Promise.all([server.stop(), folder.remove()]));
beforeEach(() => server.command('FLUSHALL'));

async function run(...args: readonly string[]) {
  const ran = await runCli([...args, '--config', config]);
  expect(ran.out + ran.err).not.toContain(PASSWORD);
  return ran;
}

const app = (): Promise<Served> =>
  serve(ADAPTERS[0]!, {
    controllers: [RoutesController],
    clock: systemClock,
    rateSync: { config },
  });

/** Sends a request until it is denied, and returns how many passed. */
async function exhaust(send: () => Promise<{ readonly status: number }>): Promise<number> {
  const replies = await times(6, send);
  expect(replies.at(-1)?.status).toBe(429);
  return replies.filter(({ status }) => status === 201).length;
}

describe('inspect and reset', () => {
  it.each([
    {
      who: 'an address',
      path: '/address',
      send: {},
      args: ['address', '127.0.0.1'],
      limit: 3,
    },
    {
      who: 'an e-mail, however it is written',
      path: '/account',
      send: { body: { email: ' Ada@Example.org' } },
      args: ['account', 'ada@example.org'],
      limit: 2,
    },
    {
      who: 'an address and an e-mail',
      path: '/both',
      send: { body: { email: 'ada@example.org' } },
      args: ['both', '127.0.0.1', 'ada@example.org'],
      limit: 1,
    },
    {
      who: 'the source of a route',
      path: '/tenant',
      send: { headers: { 'x-tenant': 'acme' } },
      args: ['account', 'acme', '--by', 'header:x-tenant'],
      limit: 2,
    },
  ])('find $who as the guard counts it', async ({ path, send, args, limit }) => {
    const { post } = await app();
    const again = () => post(path, send.body, send.headers);
    const before = await run('inspect', ...args);
    expect(before).toMatchObject({ code: 0, err: '' });
    expect(before.out).toMatch(/^state +allowed$/m);
    expect(before.out).toContain(`used     0 of ${String(limit)}\n`);
    expect(await exhaust(again)).toBe(limit);

    const denied = await run('inspect', ...args);
    expect(denied.code).toBe(1);
    expect(denied.out).toMatch(/^state +denied, retry in \d+ (s|min)$/m);
    expect(denied.out).toContain(`used     ${String(limit)} of ${String(limit)}\n`);
    const { out } = await run('inspect', ...args, '--json');
    expect(JSON.parse(out)).toMatchObject({ allowed: false, limit, used: limit, remaining: 0 });

    const freed = await run('reset', ...args, '--yes', '--json');
    expect(freed.code).toBe(0);
    expect(JSON.parse(freed.out)).toMatchObject({
      before: { used: limit, allowed: false },
      after: { used: 0, allowed: true, remaining: limit },
    });
    expect((await again()).status).toBe(201);
  });

  it('reset frees one identifier and no other', async () => {
    const { post } = await app();
    for (const email of ['ada@example.org', 'bob@example.org']) {
      await exhaust(() => post('/account', { email }));
    }
    expect((await run('reset', 'account', 'ada@example.org', '--yes')).code).toBe(0);
    expect((await post('/account', { email: 'ada@example.org' })).status).toBe(201);
    expect((await post('/account', { email: 'bob@example.org' })).status).toBe(429);
  });

  it('take an identifier as code passes it, and show and free slots', async () => {
    const { rateSync } = await app();
    const limiter = rateSync.getLimiter('slots');
    const leases = await times(2, () => limiter.acquire('job-1'));
    const held = await run('inspect', 'slots', 'job-1', '--raw');
    expect(held.code).toBe(1);
    expect(held.out).toContain('used     2 of 2\n');
    const { out } = await run('reset', 'slots', 'job-1', '--raw', '--yes');
    expect(out).toContain('used     0 of 2\n');
    await (await limiter.acquire('job-1')).release();
    await Promise.all(leases.map((lease) => lease.release()));
  });

  it('change nothing without a confirmation', async () => {
    const { post } = await app();
    await exhaust(() => post('/address'));
    const { code, err } = await run('reset', 'address', '127.0.0.1');
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining('--yes') as string,
    });
    expect((await post('/address')).status).toBe(429);
  });

  it.each(['inspect', 'reset'])('%s reports an unreachable server, and no state', async (name) => {
    const lonely = join(folder.path, 'lonely.toml');
    await writeFile(lonely, TOML.replace('${REDIS_URL}', 'redis://127.0.0.1:1'));
    const ran = await runCli([name, 'address', '192.0.2.1', '--yes', '--config', lonely]);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toMatch(/127\.0\.0\.1:1/);
    expect(ran.err).not.toContain(PASSWORD);
  });
});
