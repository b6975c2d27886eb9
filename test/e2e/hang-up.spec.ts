import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { Controller, Get, StreamableFile } from '@nestjs/common';
import { RateLimit, type DecisionEvent } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { eventually } from '../support/http/eventually.js';
import { openRaw } from '../support/http/client.js';
import { answers, commandedStores, deferred, gate } from '../support/http/commanded-store.js';
import { limits, serve, times, windowOf } from '../support/http/serve.js';
import { unhandledRejections } from '../support/http/unhandled.js';

const LIMIT = 3;

interface RawRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly socket: { readonly destroyed: boolean };
}

/** An application that takes its time before guards run: until the client has left, if that says so. */
async function app(adapter: Adapter, trustedProxies?: readonly string[]) {
  const decisions: DecisionEvent[] = [];
  const stores = commandedStores();
  let arrived = 0;
  let handled = 0;

  @Controller()
  class MessageController {
    @Get('send')
    @RateLimit('send_ip')
    send(): string {
      handled += 1;
      return 'sent';
    }
  }

  const untilGone = ({ headers, socket }: RawRequest, _response: unknown, next: () => void) => {
    arrived += 1;
    const look = (): void => {
      if (socket.destroyed || headers['x-leaves'] === undefined) next();
      else setImmediate(look);
    };
    look();
  };
  const config = limits({ send_ip: windowOf(LIMIT) }, { trustedProxies });
  const served = await serve(adapter, {
    controllers: [MessageController],
    rateSync: { config, observers: [{ onDecision: (event) => decisions.push(event) }] },
    openStore: stores.openStore,
    prepare: (nest) => nest.use(untilGone),
  });
  const counts = () => ({ arrived, decided: decisions.length, handled });
  return { ...served, store: stores.store(), counts };
}

describe.each(ADAPTERS)('a client that hangs up on $name', (adapter) => {
  it.each([undefined, ['10.0.0.0/8']])(
    'before its address is read gets no more than the limit (trusted proxies: %s)',
    async (trustedProxies) => {
      const { url, counts } = await app(adapter, trustedProxies);
      const unhandled = await unhandledRejections(async () => {
        await times(LIMIT * 3, async (n) => {
          const sent = openRaw(url, { path: '/send', headers: { 'x-leaves': 'yes' } });
          sent.on('error', () => undefined);
          await eventually(() => counts().arrived).toBe(n + 1);
          sent.destroy();
          await eventually(() => counts().decided).toBe(n + 1);
        });
      });
      expect(counts()).toEqual({ arrived: LIMIT * 3, decided: LIMIT * 3, handled: LIMIT });
      expect(unhandled).toEqual([]);
    },
  );

  it('while the decision is pending is counted, and affects no other client', async () => {
    const { url, store, get } = await app(adapter);
    const unhandled = await unhandledRejections(async () => {
      const slow = gate();
      store.behaviour = slow.behaviour;
      const sent = openRaw(url, { path: '/send' });
      sent.on('error', () => undefined);
      await slow.asked;
      sent.destroy();
      slow.open();
      store.behaviour = answers;
      expect((await get('/send')).headers['x-ratelimit-remaining']).toBe(String(LIMIT - 2));
    });
    expect(unhandled).toEqual([]);
  });
});

/** Sends three requests at once over one connection, and hangs up when all of them are served. */
async function hangUpOnThree(adapter: Adapter, answer: () => Promise<string> | StreamableFile) {
  let entered = 0;

  @Controller()
  class AnsweringController {
    @Get()
    @RateLimit('slots')
    answer(): Promise<string> | StreamableFile {
      entered += 1;
      return answer();
    }
  }

  const stores = commandedStores();
  const { url } = await serve(adapter, {
    controllers: [AnsweringController],
    rateSync: { config: limits({ slots: { maxConcurrent: 5, identifyBy: 'global' } }) },
    openStore: stores.openStore,
  });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
  await eventually(() => entered).toBe(3);
  socket.destroy();
  return stores.store();
}

describe.each(ADAPTERS)('requests in one pipeline on $name', (adapter) => {
  it('give all of their slots back when the client hangs up before any is answered', async () => {
    const leave = deferred();
    const store = await hangUpOnThree(adapter, async () => {
      await leave.promise;
      return 'ok';
    });
    leave.resolve();
    await eventually(() => store.returned.length).toBe(3);
    expect([...store.returned].sort()).toEqual([...store.taken].sort());
  });

  it('release all of their slots when no client reads their streams', async () => {
    const leave = deferred();
    const store = await hangUpOnThree(
      adapter,
      () => new StreamableFile(Readable.from(many(leave.promise))),
    );
    leave.resolve();
    await eventually(() => store.returned.length).toBe(3);
    expect([...store.returned].sort()).toEqual([...store.taken].sort());
  });
});

/** A megabyte, once the test says so. */
async function* many(start: Promise<void>): AsyncGenerator<Buffer> {
  await start;
  for (let part = 0; part < 16; part++) yield Buffer.alloc(65_536);
}
