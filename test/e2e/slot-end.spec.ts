import {
  Controller,
  Get,
  Inject,
  Injectable,
  Res,
  Scope,
  Sse,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type MessageEvent,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RateLimit, SkipRateLimit } from '@rate-sync/nestjs';
import { Observable, of, retry, timeout } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { openRaw } from '../support/http/client.js';
import { answers, commandedStores, deferred, gate } from '../support/http/commanded-store.js';
import { eventually } from '../support/http/eventually.js';
import { limits, serve, times } from '../support/http/serve.js';

const SLOTS = 2;

/** What handlers of a test do together: how many run, how many ran at most, when they may leave. */
class Stage {
  running = 0;
  most = 0;
  entered = 0;
  failures = 0;
  stopped = 0;
  readonly leave = deferred();
  readonly letPass = deferred();

  async run(): Promise<string> {
    this.running += 1;
    this.entered += 1;
    this.most = Math.max(this.most, this.running);
    await this.leave.promise;
    this.running -= 1;
    return 'ok';
  }

  observable<T>(): Observable<T> {
    this.entered += 1;
    return new Observable<T>(() => () => {
      this.stopped += 1;
    });
  }
}

@Injectable()
class ImpatientInterceptor implements NestInterceptor {
  intercept(_execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(timeout(20));
  }
}

@Injectable()
class CachingInterceptor implements NestInterceptor {
  intercept(): Observable<unknown> {
    return of('cached');
  }
}

@Injectable()
class RetryingInterceptor implements NestInterceptor {
  intercept(_execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(retry(2));
  }
}

@Injectable()
class SlowGuard implements CanActivate {
  constructor(private readonly stage: Stage) {}

  async canActivate(): Promise<boolean> {
    this.stage.entered += 1;
    await this.stage.letPass.promise;
    return true;
  }
}

interface AnyResponse {
  readonly raw?: AnyResponse;
  end(text: string): void;
}

@Controller()
@RateLimit('slots')
class WorkController {
  constructor(private readonly stage: Stage) {}

  @Get('work')
  work(): Promise<string> {
    return this.stage.run();
  }

  @Get('impatient')
  @UseInterceptors(ImpatientInterceptor)
  async impatient(): Promise<string> {
    return this.stage.run();
  }

  @Get('impatient-unknown')
  @UseInterceptors(ImpatientInterceptor)
  impatientUnknown(): unknown {
    return this.stage.run();
  }

  @Get('impatient-observable')
  @UseInterceptors(ImpatientInterceptor)
  impatientObservable(): Observable<string> {
    return this.stage.observable();
  }

  @Get('impatient-silence')
  @UseInterceptors(ImpatientInterceptor)
  impatientSilence(): unknown {
    return this.stage.observable();
  }

  @Get('observable')
  observable(): Observable<string> {
    return of('first', 'last');
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    return this.stage.observable();
  }

  @Get('cached')
  @UseInterceptors(CachingInterceptor)
  cached(): string {
    this.stage.entered += 1;
    return 'made';
  }

  @Get('retried')
  @UseInterceptors(RetryingInterceptor)
  retried(): string {
    this.stage.failures += 1;
    if (this.stage.failures < 3) throw new Error('not yet');
    return 'ok';
  }

  @Get('by-hand')
  byHand(@Res() response: AnyResponse): void {
    this.stage.entered += 1;
    void this.stage.leave.promise.then(() => {
      (response.raw ?? response).end('ok');
    });
  }

  @Get('guarded')
  @UseGuards(SlowGuard)
  async guarded(): Promise<string> {
    return this.stage.run();
  }

  @Get('free')
  @SkipRateLimit()
  free(): string {
    return 'ok';
  }
}

const config = limits({
  slots: { maxConcurrent: SLOTS, leaseSeconds: 1, identifyBy: 'global' },
  page: { ratePerSecond: 100 },
});

async function working(adapter: Adapter, controllers = [WorkController]) {
  const stage = new Stage();
  const stores = commandedStores();
  const served = await serve(adapter, {
    controllers,
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
    /** Opens a request and does not wait for its answer. */
    open: (path: string) => {
      const sent = openRaw(served.url, { path });
      sent.on('error', () => undefined);
      return sent;
    },
    allBack: async () => {
      await eventually(() => store.taken.length - store.returned.length).toBe(0);
      expect([...store.returned].sort()).toEqual([...store.taken].sort());
    },
  };
}

describe.each(ADAPTERS)('D6: the end of a call on $name', (adapter) => {
  it('is not that of its client: a disconnect frees no slot while handlers run', async () => {
    const { open, stage, allBack, url } = await working(adapter);
    for (let n = 0; n < 50; n++) {
      const before = stage.entered;
      const sent = open('/work');
      const closed = new Promise((resolve) => sent.on('close', resolve));
      if (n < SLOTS) await eventually(() => stage.entered).toBe(before + 1);
      else await new Promise((resolve) => sent.on('response', resolve));
      sent.destroy();
      await closed;
    }
    expect([stage.running, stage.most, stage.entered]).toEqual([SLOTS, SLOTS, SLOTS]);
    stage.leave.resolve();
    await allBack();
    expect((await fetch(`${url}/work`)).status).toBe(200);
  });

  it('is there before its handler when the client leaves while the limiter is asked', async () => {
    const { open, store, stage, free, allBack, get } = await working(adapter);
    const slow = gate();
    store.behaviour = slow.behaviour;
    const sent = open('/work');
    const closed = new Promise((resolve) => sent.on('close', resolve));
    await slow.asked;
    sent.destroy();
    await closed;
    await eventually(() => get('/free').then(({ status }) => status)).toBe(200);
    slow.open();
    store.behaviour = answers;
    await allBack();
    expect(await free()).toBe(SLOTS);
    expect(stage.entered).toBe(0);
  });

  it('is there before its handler when the client leaves while a later guard waits', async () => {
    const { open, stage, allBack, log } = await working(adapter);
    const sent = open('/guarded');
    await eventually(() => stage.entered).toBe(1);
    sent.destroy();
    await allBack();
    stage.letPass.resolve();
    await eventually(() => stage.entered).toBe(1);
    expect(stage.most).toBe(0);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it.each(['/impatient', '/impatient-unknown'])(
    'is that of the promise when an outer interceptor gave up: %s',
    async (path) => {
      const { get, stage, free, allBack } = await working(adapter);
      expect((await get(path)).status).toBe(500);
      expect(stage.running).toBe(1);
      expect(await free()).toBe(SLOTS - 1);
      stage.leave.resolve();
      await allBack();
    },
  );

  it('is that of an Observable which an outer interceptor unsubscribes', async () => {
    const { get, stage, allBack } = await working(adapter);
    expect((await get('/impatient-observable')).status).toBe(500);
    expect(stage.stopped).toBe(1);
    await allBack();
  });

  it('is the end of the lease where it does not show that an Observable was returned', async () => {
    const { get, stage, free, allBack } = await working(adapter);
    expect((await get('/impatient-silence')).status).toBe(500);
    expect(await free()).toBe(SLOTS - 1);
    await allBack();
    expect(stage.stopped).toBe(1);
  });

  it('is that of an Observable that completes', async () => {
    const { get, allBack } = await working(adapter);
    expect((await get('/observable')).text).toBe('last');
    await allBack();
  });

  it('is that of the client for events that never come', async () => {
    const { open, stage, free, allBack } = await working(adapter);
    const sent = open('/events');
    await eventually(() => stage.entered).toBe(1);
    expect(await free()).toBe(SLOTS - 1);
    sent.destroy();
    await allBack();
  });

  it('is that of the response when an outer interceptor answers', async () => {
    const { get, stage, allBack } = await working(adapter);
    expect((await get('/cached')).text).toBe('cached');
    await allBack();
    expect(stage.entered).toBe(0);
  });

  it('comes after all tries of an outer interceptor', async () => {
    const { get, store, allBack } = await working(adapter);
    expect((await get('/retried')).text).toBe('ok');
    await allBack();
    expect(store.taken).toHaveLength(1);
  });

  it('is that of a response that the handler writes by itself', async () => {
    const { get, stage, free, allBack } = await working(adapter);
    const reply = get('/by-hand');
    await eventually(() => stage.entered).toBe(1);
    expect(await free()).toBe(SLOTS - 1);
    stage.leave.resolve();
    expect((await reply).text).toBe('ok');
    await allBack();
  });
});

describe.each(ADAPTERS)('D6: what is watched on $name', (adapter) => {
  @Controller({ path: 'scoped', scope: Scope.REQUEST })
  class ScopedController {
    constructor(private readonly stage: Stage) {}

    @Get()
    @RateLimit({ limiter: () => 'slots' })
    work(): Promise<string> {
      return this.stage.run();
    }
  }

  class BaseController {
    @Inject(Stage) protected readonly stage!: Stage;

    @Get()
    work(): Promise<string> {
      return this.stage.run();
    }
  }

  @Controller('derived')
  @RateLimit('slots')
  class DerivedController extends BaseController {}

  it.each([
    [
      'a request-scoped controller whose limiter is chosen by a function',
      ScopedController,
      '/scoped',
    ],
    ['a handler that another class has', DerivedController, '/derived'],
  ])('is %s', async (_what, controller, path) => {
    const { open, stage, free, allBack } = await working(adapter, [controller] as never);
    const sent = open(path);
    await eventually(() => stage.entered).toBe(1);
    const closed = new Promise((resolve) => sent.on('close', resolve));
    sent.destroy();
    await closed;
    await times(5, () => new Promise(setImmediate));
    expect(await free()).toBe(SLOTS - 1);
    stage.leave.resolve();
    await allBack();
  });

  it('is nothing of handlers without slots', async () => {
    @Controller()
    class PageController {
      @Get('page')
      @RateLimit('page')
      page(): string {
        return 'ok';
      }

      @Get('none')
      none(): string {
        return 'ok';
      }

      @Get('slots')
      @RateLimit('page', 'slots')
      slots(): string {
        return 'ok';
      }
    }

    const { get } = await working(adapter, [PageController] as never);
    expect((await get('/page')).status).toBe(200);
    const bound = ['page', 'none', 'slots'].map((name) => boundTo(PageController, name).length);
    expect(bound).toEqual([0, 0, 1]);
  });

  it('is bound once, however many applications of a process have the handler', async () => {
    await working(adapter);
    const { get, allBack } = await working(adapter);
    expect((await get('/observable')).status).toBe(200);
    await allBack();
    expect(boundTo(WorkController, 'work')).toHaveLength(1);
  });

  it('harms no application of the process that has no slots', async () => {
    await working(adapter);
    const plain = await Test.createTestingModule({
      controllers: [WorkController],
      providers: [{ provide: Stage, useValue: new Stage() }],
    }).compile();
    const app = plain.createNestApplication(adapter.create({}), { logger: false });
    onTestFinished(() => app.close());
    await app.listen(0, '127.0.0.1');
    const reply = await fetch(`${await app.getUrl()}/observable`);
    expect(await reply.text()).toBe('last');
  });
});

/** The interceptors of a handler. */
function boundTo(controller: Type, name: string): readonly unknown[] {
  const handler = (controller.prototype as Readonly<Record<string, object>>)[name];
  if (handler === undefined) throw new Error(`no handler is called ${name}`);
  return (Reflect.getMetadata('__interceptors__', handler) ?? []) as readonly unknown[];
}
