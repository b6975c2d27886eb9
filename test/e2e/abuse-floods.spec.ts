import { connect } from 'node:net';
import { Controller, Post } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { limits, serve, windowOf } from '../support/http/serve.js';

const LIMIT = 5;
const CONNECTIONS = 10;
const PIPELINED = 100;

async function app(adapter: Adapter) {
  let handled = 0;

  @Controller()
  class LoginController {
    @Post('login')
    @RateLimit('login')
    login(): string {
      handled += 1;
      return 'welcome';
    }
  }
  const rateSync = { config: limits({ login: windowOf(LIMIT) }) };
  const served = await serve(adapter, { controllers: [LoginController], rateSync });
  return { ...served, handled: () => handled };
}

/** Sends 1,000 requests at once, a hundred per connection, and tells how often each status came. */
async function flood(url: string, headersOf: (n: number) => string = () => '') {
  const connections = Array.from({ length: CONNECTIONS }, (_, connection) => {
    const requests = Array.from({ length: PIPELINED }, (__, n) => {
      const headers = `Host: localhost\r\nContent-Length: 0\r\n${headersOf(connection * PIPELINED + n)}`;
      const last = n === PIPELINED - 1 ? 'Connection: close\r\n' : '';
      return `POST /login HTTP/1.1\r\n${headers}${last}\r\n`;
    });
    return exchange(url, requests.join(''));
  });
  const text = (await Promise.all(connections)).join('');
  const count = (status: number) => text.split(`HTTP/1.1 ${String(status)} `).length - 1;
  return { admitted: count(201), refused: count(429) };
}

/** Writes to a connection and reads until the other side ends it. */
function exchange(url: string, sent: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(text);
    });
    socket.write(sent);
  });
}

describe.each(ADAPTERS)('a flood on $name', (adapter) => {
  it('A15: of 1,000 requests at once, exactly the limit is admitted', async () => {
    const { url, handled } = await app(adapter);
    expect(await flood(url)).toEqual({ admitted: LIMIT, refused: 1_000 - LIMIT });
    expect(handled()).toBe(LIMIT);
  });

  it('A01: 1,000 forged X-Forwarded-For are one caller, and the log says what to do, once', async () => {
    const { url, log } = await app(adapter);
    const forged = (n: number) =>
      `X-Forwarded-For: 198.51.${String(n >> 8)}.${String(n & 255)}\r\n`;
    expect(await flood(url, forged)).toEqual({ admitted: LIMIT, refused: 1_000 - LIMIT });
    expect(log.having('X-Forwarded-For')).toHaveLength(1);
    expect(log.having('X-Forwarded-For')[0]?.text).toContain('trusted_proxies');
    expect(log.text).not.toContain('198.51.');
  });
});
