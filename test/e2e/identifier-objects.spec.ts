import { Controller, Get, Injectable, UseGuards, type CanActivate } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { RateLimit, RateLimitGuard } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { counted, serveLimitedBy } from '../support/http/limited-by.js';
import { limits, serve, times, windowOf } from '../support/http/serve.js';

/** As the driver of MongoDB makes them, anew for each request. */
class ObjectId {
  constructor(private readonly hex: string) {}

  toHexString(): string {
    return this.hex;
  }
}

/** As a document of an ORM: its getters are those of its class. */
class UserDocument {
  constructor(private readonly hex: string) {}

  get _id(): ObjectId {
    return new ObjectId(this.hex);
  }

  toJSON(): object {
    return { _id: this.hex };
  }
}

const ADA = '507f1f77bcf86cd799439011';
const GRACE = '507f1f77bcf86cd799439012';

describe.each(ADAPTERS)('A4: an identifier that is an object on $name', (adapter) => {
  it.each([
    ['an ObjectId', (of: string) => new ObjectId(of)],
    ['a Buffer', (of: string) => Buffer.from(of, 'hex')],
    ['a String object', (of: string) => new String(of)],
    ['a date', (of: string) => new Date(Number.parseInt(of.slice(-4), 16))],
    ['a bigint', (of: string) => BigInt(`0x${of}`)],
  ])('counts by its text: %s', async (_what, idOf) => {
    let user: unknown;
    const { get, log } = await serveLimitedBy(adapter, 'user:_id', { user: () => user });
    const replies = await times(3, (n) => {
      user = { _id: idOf(n === 1 ? GRACE : ADA) };
      return get('/');
    });
    expect(replies.map(counted)).toEqual([1, 1, 2]);
    expect(log.having('limiter "one"')).toEqual([]);
  });

  it('counts together with the text of it', async () => {
    const users: unknown[] = [{ _id: new ObjectId(ADA) }, { _id: ADA }, new UserDocument(ADA)];
    const { get } = await serveLimitedBy(adapter, 'user:_id', { user: () => users.shift() });
    expect((await times(3, () => get('/'))).map(counted)).toEqual([1, 2, 3]);
  });

  it('counts by its text when a function returns it, alone and combined', async () => {
    const ids = [ADA, GRACE, ADA];
    const next = () => Promise.resolve(new ObjectId(ids.shift() ?? ''));
    const { get } = await serveLimitedBy(adapter, [next, 'global']);
    expect((await times(3, () => get('/'))).map(counted)).toEqual([1, 1, 2]);
  });

  it('counts by the address when it has no one text, and says so once', async () => {
    const users: unknown[] = [
      { account: new UserDocument(ADA) },
      { account: { id: GRACE } },
      { account: [ADA] },
    ];
    const { get, log } = await serveLimitedBy(adapter, 'user:account', {
      user: () => users.shift(),
    });
    expect((await times(3, () => get('/'))).map(counted)).toEqual([1, 2, 3]);
    const lines = log.having('limiter "one"');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.level).toBe('warn');
    expect(lines[0]?.text).toContain('"user:account" gave an object of UserDocument');
    expect(log.text).not.toContain(ADA);
  });

  it('is said once for each limiter, whatever the routes', async () => {
    @Injectable()
    class UserGuard implements CanActivate {
      canActivate(execution: ExecutionContext): boolean {
        execution.switchToHttp().getRequest<{ user?: unknown }>().user = { account: {} };
        return true;
      }
    }

    @Controller()
    @UseGuards(UserGuard, RateLimitGuard)
    class PagesController {
      @Get('a')
      @RateLimit('one')
      a(): string {
        return 'a';
      }

      @Get('b')
      @RateLimit('one', 'two')
      b(): string {
        return 'b';
      }
    }

    const by = { identifyBy: 'user:account' as const };
    const { get, log } = await serve(adapter, {
      controllers: [PagesController],
      rateSync: {
        config: limits({ one: windowOf(9, by), two: windowOf(9, by) }),
        globalGuard: false,
      },
    });
    await times(3, () => get('/a'));
    await times(3, () => get('/b'));
    expect(log.having('no one text').map(({ text }) => text.slice(0, 22))).toEqual([
      expect.stringContaining('limiter "one"'),
      expect.stringContaining('limiter "two"'),
    ]);
  });

  it('logs nothing about anonymous requests', async () => {
    const users: unknown[] = [undefined, null, {}, { id: '' }, { id: null }];
    const { get, log } = await serveLimitedBy(adapter, 'user:id', { user: () => users.shift() });
    await times(5, () => get('/'));
    expect(log.having('limiter "one"')).toEqual([]);
  });
});
