import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { Controller, Get, StreamableFile } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { commandedStores, deferred } from '../support/http/commanded-store.js';
import { limits, serve } from '../support/http/serve.js';

const config = limits({ slots: { maxConcurrent: 5, identifyBy: 'global' } });

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
    rateSync: { config },
    openStore: stores.openStore,
  });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
  await expect.poll(() => entered).toBe(3);
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
    await expect.poll(() => store.returned.length).toBe(3);
    expect([...store.returned].sort()).toEqual([...store.taken].sort());
  });

  it('give all of their slots back when nobody reads what they stream', async () => {
    const leave = deferred();
    const store = await hangUpOnThree(
      adapter,
      () => new StreamableFile(Readable.from(many(leave.promise))),
    );
    leave.resolve();
    await expect.poll(() => store.returned.length).toBe(3);
    expect([...store.returned].sort()).toEqual([...store.taken].sort());
  });
});

/** A megabyte, once the test says so. */
async function* many(start: Promise<void>): AsyncGenerator<Buffer> {
  await start;
  for (let part = 0; part < 16; part++) yield Buffer.alloc(65_536);
}
