import { APP_GUARD } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { RateLimit, SkipRateLimit, type RateLimitGuard } from '@rate-sync/nestjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { eventually } from '../support/http/eventually.js';
import { anApp, type AppOptions, EverywhereGuard, LIMIT, SECRETS } from './app.js';

let called = 0;

@WebSocketGateway()
class ChatGateway {
  @SubscribeMessage('say')
  say(): { event: string; data: string } {
    called += 1;
    return { event: 'said', data: 'ok' };
  }

  @SubscribeMessage('limited')
  @RateLimit('page')
  limited(): { event: string; data: string } {
    called += 1;
    return { event: 'said', data: 'ok' };
  }
}

@WebSocketGateway()
@RateLimit('page')
class LimitedGateway {
  @SubscribeMessage('by-class')
  byClass(): { event: string; data: string } {
    called += 1;
    return { event: 'said', data: 'ok' };
  }

  @SubscribeMessage('skipped')
  @SkipRateLimit()
  skipped(): { event: string; data: string } {
    called += 1;
    return { event: 'said', data: 'ok' };
  }
}

async function chat(options: AppOptions = {}, guards: readonly (typeof RateLimitGuard)[] = []) {
  called = 0;
  const { app, log } = await anApp(
    {
      providers: [
        ChatGateway,
        LimitedGateway,
        ...guards.map((guard) => ({ provide: APP_GUARD, useClass: guard })),
      ],
    },
    options,
  );
  app.useWebSocketAdapter(new WsAdapter(app));
  await app.listen(0, '127.0.0.1');
  const socket = new WebSocket((await app.getUrl()).replace('http', 'ws'));
  onTestFinished(() => {
    socket.terminate();
  });
  const received: string[] = [];
  socket.on('message', (data: Buffer) => received.push(data.toString()));
  await new Promise((resolve) => socket.once('open', resolve));
  return {
    log,
    received,
    send: (event: string, count: number) => {
      for (let n = 0; n < count; n++) socket.send(JSON.stringify({ event, data: n }));
    },
  };
}

const SAID = JSON.stringify({ event: 'said', data: 'ok' });

describe('A5: a gateway', () => {
  it.each(['say', 'skipped'])(
    'never fails without a rule of its own, whatever the default rules: %s',
    async (event) => {
      const { send, received } = await chat({ defaultLimiters: ['page'] });
      send(event, LIMIT * 3);
      await eventually(() => received.length).toBe(LIMIT * 3);
      expect(new Set(received)).toEqual(new Set([SAID]));
    },
  );

  it.each(['limited', 'by-class'])(
    'with a rule fails, and the log alone says why: %s',
    async (event) => {
      const { send, received, log } = await chat();
      send(event, 3);
      send('say', 1);
      await eventually(() => received.includes(SAID)).toBe(true);
      expect(called).toBe(1);
      expect(received.join()).not.toMatch(SECRETS);
      const lines = log.having('works on HTTP routes only');
      expect(lines).toHaveLength(1);
      expect(lines[0]?.text).toMatch(/@RateLimit on \w+Gateway\.\w+ .*"ws"/);
    },
  );
});

describe('A6: a transport that reaches gateways', () => {
  it('takes the limit for each message of a socket', async () => {
    const { send, received } = await chat({ globalGuard: false, transports: 'everything' }, [
      EverywhereGuard,
    ]);
    send('limited', LIMIT * 2);
    send('say', 1);
    await eventually(() => received.length).toBeGreaterThan(LIMIT);
    await eventually(() => called).toBe(LIMIT + 1);
  });
});
