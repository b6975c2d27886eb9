import { ConsoleLogger, Controller, Get, Logger, Param, type LoggerService } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { hashIdentifier } from '../../src/identifiers/identifier.js';
import { ADAPTERS } from '../support/http/adapters.js';
import type { RecordedLog } from '../support/http/recorded-log.js';
import { limits, serve, windowOf } from '../support/http/serve.js';

const CANARY = 'canary@example.org';

@Controller()
class PageController {
  @Get('pages/:name')
  @RateLimit({ limiter: 'pages', by: 'header:x-user' })
  page(@Param('name') name: string): string {
    return name;
  }
}

type Line = Readonly<Record<string, unknown>>;

/** The lines about decisions. */
function eventsOf(log: RecordedLog): readonly Line[] {
  return objectsIn(log).filter(({ event }) => String(event).startsWith('rate_limit_'));
}

/** The lines about the start and the shutdown. */
function lifeCycleOf(log: RecordedLog): readonly Line[] {
  return objectsIn(log).filter(({ event }) => String(event).startsWith('rate_sync_'));
}

function objectsIn(log: RecordedLog): readonly Line[] {
  return log.lines.flatMap(({ message }) => {
    const isEvent = typeof message === 'object' && message !== null && 'event' in message;
    return isEvent ? [message] : [];
  });
}

describe.each(ADAPTERS)('the log on $name', (adapter) => {
  const app = (logging = {}) =>
    serve(adapter, {
      controllers: [PageController],
      rateSync: { config: { ...limits({ pages: windowOf(2) }), logging } },
    });

  it('has one object for a denial: the pattern of the route, and no identifier in clear', async () => {
    const { get, log } = await app();
    for (let n = 0; n < 3; n++) await get('/pages/one', { 'x-user': CANARY });
    const lines = eventsOf(log);
    expect(lines).toEqual([
      {
        event: 'rate_limit_exceeded',
        limiter_id: 'pages',
        identifier: hashIdentifier(hashIdentifier(CANARY)),
        endpoint: 'GET /pages/:name',
        limit: 2,
        remaining: 0,
        reset_at: expect.stringMatching(/Z$/) as string,
        suppressed: 0,
      },
    ]);
    expect(log.text).not.toContain(CANARY);
  });

  it('has the allowed calls when configured', async () => {
    const { get, log } = await app({ allowedSample: 1, exceededLevel: 'off' });
    for (let n = 0; n < 3; n++) await get('/pages/one', { 'x-user': CANARY });
    expect(eventsOf(log).map(({ event, remaining }) => [event, remaining])).toEqual([
      ['rate_limit_allowed', 1],
      ['rate_limit_allowed', 0],
    ]);
  });

  it('has one line at the start and one at the shutdown', async () => {
    const { app: started, log } = await app();
    expect(lifeCycleOf(log)).toEqual([
      {
        event: 'rate_sync_started',
        config: null,
        stores: 'main (memory)',
        limiters: 1,
        global_guard: 'RateLimitGuard',
      },
    ]);
    await started.close();
    expect(lifeCycleOf(log).slice(1)).toEqual([{ event: 'rate_sync_stopped' }]);
  });

  it('stays short in a flood of denials', async () => {
    const { get, log } = await app();
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 50 }, () => get('/pages/one', { 'x-user': CANARY })));
    }
    expect(eventsOf(log).length).toBeLessThanOrEqual(3);
  });
});

/** What a logger of an application writes while a caller is refused whose values are evil. */
async function writtenBy(makeLogger: () => LoggerService, read: () => string): Promise<string> {
  const [express] = ADAPTERS;
  const { get } = await serve(express!, {
    controllers: [PageController],
    rateSync: { config: limits({ pages: windowOf(1) }) },
  });
  Logger.overrideLogger(makeLogger());
  onTestFinished(() => {
    Logger.overrideLogger(false);
  });
  const user = encodeURIComponent('x\n{"event":"forged"}\u001b[31m');
  for (let n = 0; n < 2; n++) await get(`/pages/%0A%1B${user}`, { 'x-user': `${CANARY} forged` });
  return read();
}

describe('a line of the log', () => {
  it('is one JSON object with the logger of Nest', async () => {
    const chunks: string[] = [];
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      chunks.push(String(chunk));
      return true;
    });
    onTestFinished(() => {
      stdout.mockRestore();
    });
    const text = await writtenBy(
      () => new ConsoleLogger({ json: true }),
      () => chunks.join(''),
    );
    stdout.mockRestore();
    const lines = text.split('\n').filter((line) => line.includes('rate_limit_'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'warn',
      context: 'RateSync',
      message: { event: 'rate_limit_exceeded', limiter_id: 'pages', endpoint: 'GET /pages/:name' },
    });
    expect(text).not.toContain('forged');
    expect(text).not.toContain(CANARY);
  });

  it('is one JSON object with pino, its fields at the top', async () => {
    const chunks: string[] = [];
    const logger = pino({}, { write: (chunk: string) => void chunks.push(chunk) });
    const text = await writtenBy(
      () => ({
        log: (line: object) => {
          logger.info(line);
        },
        warn: (line: object) => {
          logger.warn(line);
        },
        error: (line: object) => {
          logger.error(line);
        },
      }),
      () => chunks.join(''),
    );
    const lines = text.split('\n').filter((line) => line.includes('rate_limit_'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 40,
      event: 'rate_limit_exceeded',
      limiter_id: 'pages',
      suppressed: 0,
    });
    expect(text).not.toContain(CANARY);
  });
});
