import { Readable } from 'node:stream';
import {
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  StreamableFile,
  UseGuards,
  type CanActivate,
} from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { eventually } from '../support/http/eventually.js';
import { openRaw, type RawRequest } from '../support/http/client.js';
import { answers, commandedStores, deferred, gate } from '../support/http/commanded-store.js';
import { limits, manyTimes, serve, statuses, times } from '../support/http/serve.js';

/** What handlers wait for, and what they tell. */
class Stage {
  readonly entered = deferred();
  readonly leave = deferred();
}

@Injectable()
class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException();
  }
}

@Controller()
@RateLimit('slots')
class ExportController {
  constructor(private readonly stage: Stage) {}

  @Get('quick')
  quick(): string {
    return 'ok';
  }

  @Get('slow')
  async slow(): Promise<string> {
    this.stage.entered.resolve();
    await this.stage.leave.promise;
    return 'ok';
  }

  @Get('failing')
  failing(): never {
    throw new Error('the handler failed');
  }

  @Get('forbidden')
  @UseGuards(RefusingGuard)
  forbidden(): string {
    return 'ok';
  }

  @Get('stream')
  stream(): StreamableFile {
    return new StreamableFile(Readable.from(parts(this.stage)));
  }
}

/** A part at once, another when the test says so. */
async function* parts({ entered, leave }: Stage): AsyncGenerator<Buffer> {
  yield Buffer.from('first');
  entered.resolve();
  await leave.promise;
  yield Buffer.from('second');
}

const config = limits({ slots: { maxConcurrent: 2, identifyBy: 'global' } });

async function exporter(adapter: Adapter) {
  const stage = new Stage();
  const stores = commandedStores();
  const served = await serve(adapter, {
    controllers: [ExportController],
    providers: [{ provide: Stage, useValue: stage }],
    rateSync: { config },
    openStore: stores.openStore,
  });
  const store = stores.store();
  const slots = served.rateSync.getLimiter('slots');
  return {
    ...served,
    stage,
    store,
    free: async () => (await slots.peek()).remaining,
    /** Opens a request and waits until its handler runs. */
    enter: async (request: RawRequest) => {
      const sent = openRaw(served.url, request);
      sent.on('error', () => undefined);
      await stage.entered.promise;
      return sent;
    },
    /** Every slot that was given came back, and each of them once. */
    expectAllBack: async () => {
      await eventually(() => store.taken.length - store.returned.length).toBe(0);
      expect([...store.returned].sort()).toEqual([...store.taken].sort());
      expect((await slots.peek()).remaining).toBe(2);
    },
  };
}

describe.each(ADAPTERS)('a slot on $name', (adapter) => {
  it('is held while the handler runs, and denied to other requests', async () => {
    const { enter, get, free, stage, expectAllBack } = await exporter(adapter);
    await enter({ path: '/slow' });
    const second = get('/slow');
    await eventually(free).toBe(0);
    const refused = await get('/quick');
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({
      'ratelimit-policy': '"slots";q=2;qu="concurrent-requests"',
      'retry-after': '30',
      'cache-control': 'no-store',
    });
    stage.leave.resolve();
    expect((await second).status).toBe(200);
    await expectAllBack();
    expect((await get('/quick')).status).toBe(200);
  });

  it.each([
    { path: '/quick', status: 200, method: 'GET', when: 'the answer is sent' },
    { path: '/quick', status: 200, method: 'HEAD', when: 'the answer has no body' },
    { path: '/failing', status: 500, method: 'GET', when: 'the handler throws' },
    { path: '/forbidden', status: 403, method: 'GET', when: 'a later guard refuses' },
  ])('comes back once, when $when ($method $path)', async ({ path, status, method }) => {
    const { raw, store, expectAllBack } = await exporter(adapter);
    const replies = await times(5, async () => {
      const reply = await raw({ method, path });
      await expectAllBack();
      return reply;
    });
    expect(statuses(replies)).toEqual(Array<number>(5).fill(status));
    expect(store.taken).toHaveLength(5);
  });

  it('is held until a stream has ended', async () => {
    const { get, stage, free, expectAllBack } = await exporter(adapter);
    const reply = get('/stream');
    await stage.entered.promise;
    expect(await free()).toBe(1);
    stage.leave.resolve();
    expect((await reply).text).toBe('firstsecond');
    await expectAllBack();
  });

  it('is held while the handler runs, also when its client has hung up', async () => {
    const { enter, stage, free, app, expectAllBack } = await exporter(adapter);
    const sent = await enter({ path: '/slow' });
    sent.destroy();
    await eventually(() => connections(app.getHttpServer())).toBe(0);
    expect(await free()).toBe(1);
    stage.leave.resolve();
    await expectAllBack();
  });

  it('comes back when the client hangs up in the middle of a stream', async () => {
    const { enter, stage, expectAllBack } = await exporter(adapter);
    const sent = await enter({ path: '/stream' });
    sent.destroy();
    await expectAllBack();
    stage.leave.resolve();
    await expectAllBack();
  });

  it('comes back when the client hangs up while the limiter is asked', async () => {
    const { url, store, expectAllBack, app } = await exporter(adapter);
    const slow = gate();
    store.behaviour = slow.behaviour;
    const sent = openRaw(url, { path: '/quick' });
    sent.on('error', () => undefined);
    await slow.asked;
    sent.destroy();
    await eventually(() => connections(app.getHttpServer())).toBe(0);
    slow.open();
    store.behaviour = answers;
    await expectAllBack();
  });

  it('is never lost: 200 requests that end in every way leave nothing behind', async () => {
    const { app, raw, url, stage, store, expectAllBack } = await exporter(adapter);
    stage.leave.resolve();
    const paths = ['/quick', '/slow', '/failing', '/forbidden', '/stream'];
    await manyTimes(200, async (n) => {
      const request = { path: paths[n % 5] ?? '/', method: n % 3 === 0 ? 'HEAD' : 'GET' };
      if (n % 4 !== 0) {
        await raw(request);
        return;
      }
      const sent = openRaw(url, request);
      const closed = new Promise((resolve) => sent.on('close', resolve));
      sent.on('error', () => undefined);
      sent.on('socket', (socket) => socket.on('connect', () => setImmediate(() => sent.destroy())));
      await closed;
    });
    await eventually(() => connections(app.getHttpServer())).toBe(0);
    expect(store.taken.length).toBeGreaterThan(20);
    await expectAllBack();
  });
});

function connections(server: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    (
      server as { getConnections(done: (error: Error | null, count: number) => void): void }
    ).getConnections((error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}
