import { inspect } from 'node:util';
import { Controller, Get, Post } from '@nestjs/common';
import {
  RateLimit,
  type DecisionEvent,
  type DecisionObserver,
  type DegradedEvent,
} from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { commandedStores, rejects } from '../support/http/commanded-store.js';
import { limits, serve, statuses, times, windowOf } from '../support/http/serve.js';
import { unhandledRejections } from '../support/http/unhandled.js';

@Controller('items')
@RateLimit('a')
class ItemsController {
  @Get(':id')
  one(): string {
    return 'ok';
  }

  @Get(':id/parts/:part')
  part(): string {
    return 'ok';
  }

  @Post()
  @RateLimit('a', 'b')
  create(): string {
    return 'ok';
  }

  @Get()
  @RateLimit({ limiter: 'a', by: 'global' })
  list(): string {
    return 'ok';
  }
}

const config = limits({ a: windowOf(100), b: windowOf(1, { failClosed: true }) });

async function observed(adapter: Adapter, more: readonly DecisionObserver[] = []) {
  const decisions: DecisionEvent[] = [];
  const degraded: DegradedEvent[] = [];
  const recording: DecisionObserver = {
    onDecision: (event) => decisions.push(event),
    onDegraded: (event) => degraded.push(event),
  };
  const stores = commandedStores();
  const served = await serve(adapter, {
    controllers: [ItemsController],
    rateSync: { config, observers: [...more, recording] },
    openStore: stores.openStore,
  });
  return { decisions, degraded, stores, ...served };
}

describe.each(ADAPTERS)('an observer on $name', (adapter) => {
  it('is notified of every decision, with all of its limits', async () => {
    const { post, decisions } = await observed(adapter);
    await times(2, () => post('/items'));
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, false]);
    expect(decisions[1]).toMatchObject({
      decisions: [
        { limiterId: 'a', allowed: true, remaining: 99, reason: 'within_limit', degraded: false },
        { limiterId: 'b', allowed: false, remaining: 0, reason: 'over_limit', degraded: false },
      ],
      endpoint: 'POST /items',
      durationMs: 0,
    });
    expect(decisions[1]?.identifiers).toHaveLength(2);
  });

  it.each([
    ['/items/42', 'GET /items/:id'],
    ['/items/canary%2Fpath?canary=1', 'GET /items/:id'],
    ['/items/42/parts/canary', 'GET /items/:id/parts/:part'],
    ['/items?canary=1', 'GET /items'],
    ['/items/../items/canary', 'GET /items/:id'],
  ])('receives the pattern of the route and never the URL: %s', async (path, endpoint) => {
    const { raw, decisions } = await observed(adapter);
    await raw({ path: path.replace('/items/..', '') });
    expect(decisions.map((event) => event.endpoint)).toEqual([endpoint]);
    expect(inspect(decisions, { depth: 9, getters: true })).not.toContain('canary');
  });

  it('sees as many endpoints as there are routes, whatever is called', async () => {
    const { raw, decisions } = await observed(adapter);
    await times(90, (n) => raw({ path: `/items/${String(n)}?n=${String(n)}` }));
    expect(new Set(decisions.map(({ endpoint }) => endpoint)).size).toBe(1);
  });

  it('is notified each time a limiter answers by its failure mode', async () => {
    const { post, degraded, decisions, stores } = await observed(adapter);
    stores.store().behaviour = rejects;
    await times(3, () => post('/items'));
    expect(degraded).toHaveLength(3);
    expect(degraded[0]).toEqual({
      storeId: 'main',
      limiterIds: ['a', 'b'],
      modes: ['fail_open', 'fail_closed'],
      kind: 'connection',
      failureCode: 'ECONNREFUSED',
    });
    expect(decisions[0]).toMatchObject({
      allowed: false,
      decisions: [
        { reason: 'fail_open', degraded: true },
        { reason: 'fail_closed', degraded: true },
      ],
    });
  });

  it('affects nothing when it throws, and others are still notified', async () => {
    const fail = (): never => {
      throw new Error('the observer failed');
    };
    const throwing = { onDecision: fail, onDegraded: fail };
    const { post, decisions, degraded, stores } = await observed(adapter, [throwing]);
    expect(statuses(await times(2, () => post('/items')))).toEqual([201, 429]);
    stores.store().behaviour = rejects;
    expect((await post('/items')).status).toBe(503);
    expect([decisions.length, degraded.length]).toEqual([3, 1]);
  });

  it('harms nothing when it fails later', async () => {
    const failLater = () => Promise.reject(new Error('the observer failed'));
    const rejecting = { onDecision: failLater, onDegraded: failLater };
    const { post, decisions, stores } = await observed(adapter, [rejecting]);
    const unhandled = await unhandledRejections(async () => {
      await post('/items');
      stores.store().behaviour = rejects;
      await post('/items');
    });
    expect(decisions).toHaveLength(2);
    expect(unhandled).toEqual([]);
  });

  it('harms nothing when it reads everything or changes what it reads', async () => {
    const meddling: DecisionObserver = {
      onDecision: (event) => {
        Object.assign(event, { endpoint: event.identifiers[0] });
        throw new TypeError(inspect(event, { getters: true }));
      },
    };
    const { get } = await observed(adapter, [meddling]);
    expect((await get('/items')).headers['ratelimit']).toBe('"a";r=99;t=300');
  });
});
