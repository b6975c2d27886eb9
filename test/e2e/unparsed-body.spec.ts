import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Body, Controller, Post, UseInterceptors, type INestApplication } from '@nestjs/common';
import { AnyFilesInterceptor } from '@nestjs/platform-express';
import { identifierFrom, InjectLimiter, RateLimit, type Limiter } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { limits, serve, statuses, times, windowOf } from '../support/http/serve.js';

const BOUNDARY = 'a-boundary';
const FORM = {
  method: 'POST',
  headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
  body: [
    `--${BOUNDARY}`,
    'content-disposition: form-data; name="email"',
    '',
    'ada@example.org',
    `--${BOUNDARY}--`,
    '',
  ].join('\r\n'),
};

const config = limits({ upload: windowOf(9), sender: windowOf(2), page: windowOf(9) });

@Controller()
class FormController {
  constructor(@InjectLimiter('sender') private readonly sender: Limiter) {}

  @Post('form')
  @RateLimit({ limiter: 'upload', by: 'body:email' })
  form(): string {
    return 'ok';
  }

  @Post('form/:id')
  @RateLimit({ limiter: 'upload', by: 'body:email' })
  formOf(): string {
    return 'ok';
  }

  @Post('page')
  @RateLimit({ limiter: 'page', by: ['ip', 'body:name'] })
  page(): string {
    return 'ok';
  }

  /** The recipe of the guide: the address limits the upload, the field what is done with it. */
  @Post('recipe')
  @RateLimit('upload')
  @UseInterceptors(AnyFilesInterceptor())
  async recipe(@Body('email') email: string): Promise<boolean> {
    return (await this.sender.consume(identifierFrom('body:email', email))).allowed;
  }
}

interface Parsers {
  addContentTypeParser?: (
    type: string,
    parse: (request: unknown, payload: Readable) => Promise<void>,
  ) => void;
}

/** Fastify refuses what it has no parser for; its plugin for forms leaves them to the handler, too. */
function takesForms(app: INestApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as Parsers;
  fastify.addContentTypeParser?.('multipart/form-data', async (_request, payload) => {
    await finished(payload.resume());
  });
}

function app(adapter: Adapter) {
  return serve(adapter, {
    controllers: [FormController],
    rateSync: { config },
    prepare: takesForms,
  });
}

describe.each(ADAPTERS)('B7: a field of a body that is not parsed on $name', (adapter) => {
  it('counts by the address, and the log has the fix once per limiter', async () => {
    const { raw, log } = await app(adapter);
    await times(3, () => raw({ path: '/form', ...FORM }));
    const reply = await raw({ path: '/form/7', ...FORM });
    expect(reply.headers['ratelimit']).toBe('"upload";r=5;t=300');
    const lines = log.having('is not parsed when guards run');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.level).toBe('warn');
    expect(lines[0]?.text).toContain('limiter "upload": "body:email" has no value');
    expect(lines[0]?.text).toContain('(multipart/form-data)');
    expect(log.text).not.toContain('ada@example.org');
  });

  it('is logged for each limiter, also when it is one part of several', async () => {
    const { raw, log } = await app(adapter);
    await raw({ path: '/form', ...FORM });
    await raw({ path: '/page', ...FORM });
    expect(log.having('is not parsed when guards run')).toHaveLength(2);
  });

  it.each([
    ['a body without the field', { 'content-type': 'application/json' }, '{"name":"ada"}'],
    ['an empty object', { 'content-type': 'application/json' }, '{}'],
    ['a list', { 'content-type': 'application/json' }, '[]'],
    ['no body', {}, undefined],
    ['an empty body', { 'content-length': '0' }, undefined],
    ['a form without the field', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b'],
  ])('is nothing to be told of for %s', async (_what, headers, body) => {
    const { raw, log } = await app(adapter);
    const sent = body === undefined ? {} : { body };
    const reply = await raw({ method: 'POST', path: '/form', headers, ...sent });
    expect(reply.status).toBe(201);
    expect(log.having('limiter "upload"')).toEqual([]);
  });
});

describe('B7: a form on Express', () => {
  const [express] = ADAPTERS as [Adapter];

  it('is limited by its field as the guide shows', async () => {
    const { raw } = await app(express);
    const replies = await times(3, () => raw({ path: '/recipe', ...FORM }));
    expect(statuses(replies)).toEqual([201, 201, 201]);
    expect(replies.map(({ text }) => text)).toEqual(['true', 'true', 'false']);
  });

  it.each([
    ['a text', 'text/plain', 'email=ada@example.org'],
    ['bytes', 'application/octet-stream', 'ada'],
  ])('is told of other bodies without fields: %s', async (_what, type, body) => {
    const { raw, log } = await app(express);
    await raw({ method: 'POST', path: '/form', headers: { 'content-type': type }, body });
    expect(log.having(`(${type})`)).toHaveLength(1);
  });
});
