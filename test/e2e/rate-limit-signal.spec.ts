import { connect } from 'node:net';
import { Controller, Get, Req } from '@nestjs/common';
import { RateLimit, RateLimitSignal, type RateLimitedRequest } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { openRaw } from '../support/http/client.js';
import { commandedStores, deferred } from '../support/http/commanded-store.js';
import { eventually } from '../support/http/eventually.js';
import { limits, serve } from '../support/http/serve.js';

/** An application whose handlers stop when their signal says so. */
async function app(adapter: Adapter) {
  const signals: AbortSignal[] = [];
  let stopped = 0;

  /** Resolves when the signal aborts, or after the test: nothing hangs. */
  const work = async (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    const { promise, resolve } = deferred();
    signal.addEventListener('abort', () => {
      stopped += 1;
      resolve();
    });
    await promise;
    return 'stopped';
  };

  @Controller()
  class WorkController {
    @Get('work')
    @RateLimit('slots')
    work(@RateLimitSignal() signal: AbortSignal): Promise<string> {
      return work(signal);
    }

    @Get('on-request')
    @RateLimit('slots')
    onRequest(@Req() request: RateLimitedRequest): Promise<string> {
      const signal = request.rateLimit?.signal;
      return signal === undefined ? Promise.resolve('none') : work(signal);
    }

    @Get('unlimited')
    unlimited(@RateLimitSignal() signal: AbortSignal): Promise<string> {
      return work(signal);
    }

    @Get('quick')
    @RateLimit('slots')
    quick(
      @RateLimitSignal() signal: AbortSignal,
      @Req() request: RateLimitedRequest,
    ): { isSame: boolean } {
      signals.push(signal);
      return { isSame: request.rateLimit?.signal === signal };
    }
  }

  const stores = commandedStores();
  const served = await serve(adapter, {
    controllers: [WorkController],
    rateSync: { config: limits({ slots: { maxConcurrent: 30, identifyBy: 'global' } }) },
    openStore: stores.openStore,
  });
  return { ...served, signals, stopped: () => stopped, store: stores.store() };
}

describe.each(ADAPTERS)('D6: the signal of a request on $name', (adapter) => {
  it.each(['/work', '/on-request', '/unlimited'])(
    'aborts when the client hangs up, and the handler that stops frees its slot: %s',
    async (path) => {
      const { url, signals, stopped, store } = await app(adapter);
      const sent = openRaw(url, { path });
      sent.on('error', () => undefined);
      await eventually(() => signals.length).toBe(1);
      expect(signals[0]?.aborted).toBe(false);
      sent.destroy();
      await eventually(stopped).toBe(1);
      expect(signals[0]?.reason).toMatchObject({ name: 'AbortError' });
      await eventually(() => store.taken.length - store.returned.length).toBe(0);
    },
  );

  it('is one signal, and does not abort when the answer was sent', async () => {
    const { get, signals } = await app(adapter);
    expect((await get('/quick')).json).toEqual({ isSame: true });
    expect((await get('/quick')).json).toEqual({ isSame: true });
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
  });

  it('aborts for all requests of a pipeline, with one listener for all of them', async () => {
    const { url, signals, stopped, store } = await app(adapter);
    const warnings: string[] = [];
    const warned = ({ name }: Error): void => {
      warnings.push(name);
    };
    process.on('warning', warned);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /work HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20));
    await eventually(() => signals.length).toBe(20);
    socket.destroy();
    await eventually(stopped).toBe(20);
    await eventually(() => store.taken.length - store.returned.length).toBe(0);
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });
});
