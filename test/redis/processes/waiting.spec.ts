import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LimiterConfig } from '../../../src/config/index.js';
import { eventually } from '../../support/http/eventually.js';
import { RedisServer } from '../../support/redis/redis-server.js';
import { Crew } from './workers.js';
import type { WaitingOrder } from './waiting-worker.js';

const PROGRAM = 'test/redis/processes/waiting-worker.ts';

/** A lease that outlasts every test: a slot comes because it is released, or not at all. */
const oneSlot: LimiterConfig = { maxConcurrent: 1, leaseSeconds: 3_600 };

/** Processes whose callers wait for the slots of one identifier, and the holders. */
class Waiters {
  readonly crew: Crew<WaitingOrder>;
  readonly #gone = new Set<number>();
  readonly #count: number;

  private constructor(crew: Crew<WaitingOrder>, count: number) {
    this.crew = crew;
    this.#count = count;
  }

  static async start(count: number, url: string, slots: LimiterConfig): Promise<Waiters> {
    const crew = await Crew.start<WaitingOrder>(count, PROGRAM);
    await crew.askAll(() => ({ do: 'open', url, limiters: { slots } }));
    return new Waiters(crew, count);
  }

  /** A caller, whose name begins with its process; the server has heard of it when this settles. */
  enter(name: string, timeoutMs?: number): Promise<unknown> {
    return this.crew.ask(processOf(name), { do: 'enter', names: [name], ...limited(timeoutMs) });
  }

  release(name: string): Promise<unknown> {
    return this.crew.ask(processOf(name), { do: 'release', name });
  }

  abort(name: string): Promise<unknown> {
    return this.crew.ask(processOf(name), { do: 'abort', name });
  }

  async kill(index: number): Promise<void> {
    this.#gone.add(index);
    await this.crew.kill(index);
  }

  async holders(): Promise<readonly string[]> {
    const all: string[] = [];
    for (let index = 0; index < this.#count; index++) {
      if (this.#gone.has(index)) continue;
      all.push(...(await this.crew.ask<string[]>(index, { do: 'holders' })));
    }
    return all;
  }

  /** The next holder of the slot, within a generous time. */
  async next(): Promise<string> {
    await eventually(async () => (await this.holders()).length).toBe(1);
    const [holder] = await this.holders();
    return holder!;
  }

  /** Releases slot after slot; returns the order in which they were granted. */
  async serve(count: number): Promise<readonly string[]> {
    const order: string[] = [];
    for (let served = 0; served < count; served++) {
      const holder = await this.next();
      order.push(holder);
      await this.release(holder);
    }
    return order;
  }
}

function processOf(name: string): number {
  return Number(name[0]);
}

function limited(timeoutMs: number | undefined) {
  return timeoutMs === undefined ? {} : { timeoutMs };
}

let server: RedisServer;
let waiters: Waiters | undefined;
beforeEach(async () => {
  server = await RedisServer.start();
});
afterEach(async () => {
  await waiters?.crew.end();
  waiters = undefined;
  await server.stop();
});

async function started(count: number, slots = oneSlot): Promise<Waiters> {
  waiters = await Waiters.start(count, server.url, slots);
  return waiters;
}

describe.each([2, 4])('D7: %i processes that wait for one slot', (processes) => {
  it('are served in the order in which they came, whichever process releases', async () => {
    const all = await started(processes);
    const names = Array.from(
      { length: 16 },
      (_, n) => `${String((n * 3 + 1) % processes)}-${String(n)}`,
    );
    for (const name of names) await all.enter(name);
    expect(await all.serve(names.length)).toEqual(names);
  });

  it('are served in that order although many of them give up', async () => {
    const all = await started(processes);
    const names = Array.from({ length: 18 }, (_, n) => `${String(n % processes)}-${String(n)}`);
    for (const name of names) await all.enter(name);
    const leaving = names.filter((_, n) => n > 0 && n % 3 !== 0);
    for (const name of leaving.toReversed()) await all.abort(name);
    const staying = names.filter((name) => !leaving.includes(name));
    expect(await all.serve(staying.length)).toEqual(staying);
  });

  it('are served in that order when one of them is killed, wherever its callers stood', async () => {
    const all = await started(processes);
    const names = Array.from({ length: 12 }, (_, n) => `${String(n % processes)}-${String(n)}`);
    await all.enter('0-holder');
    for (const name of names) await all.enter(name);
    await all.kill(1);
    const staying = names.filter((name) => processOf(name) !== 1);
    expect(await all.serve(staying.length + 1)).toEqual(['0-holder', ...staying]);
  });
});

describe('D7: while a caller waits', () => {
  it('a released slot goes to no caller that does not wait', async () => {
    const all = await started(3);
    const names = ['0-a', '1-b', '0-c', '1-d', '0-e', '1-f'];
    for (const name of names) await all.enter(name);
    const got: boolean[] = [];
    for (const name of names.slice(0, -1)) {
      expect(await all.next()).toBe(name);
      const [pushed] = await Promise.all([
        Promise.all(Array.from({ length: 1 }, () => all.crew.ask<boolean>(2, { do: 'push' }))),
        all.release(name),
      ]);
      got.push(...pushed, await all.crew.ask<boolean>(2, { do: 'push' }));
    }
    expect(got).not.toContain(true);
    expect(await all.serve(1)).toEqual(['1-f']);
    expect(await all.crew.ask(2, { do: 'push' })).toBe(true);
  });

  it('further ones than twenty for each slot are denied at once', async () => {
    const all = await started(2);
    await all.enter('0-holder');
    for (let n = 0; n < 20; n++) await all.enter(`${String(n % 2)}-${String(n)}`);
    await all.enter('1-late');
    await eventually(() => all.crew.ask(1, { do: 'left' })).toEqual(['1-late']);
    await all.abort('0-18');
    await eventually(() => all.crew.ask(0, { do: 'left' })).toEqual(['0-18']);
    await all.enter('1-in-time');
    expect((await all.serve(21)).at(-1)).toBe('1-in-time');
  });

  it('a place is given up by one whose time is up', async () => {
    const all = await started(2);
    await all.enter('0-holder');
    await all.enter('1-impatient', 200);
    await all.enter('0-patient');
    await eventually(() => all.crew.ask(1, { do: 'left' })).toEqual(['1-impatient']);
    expect(await all.serve(2)).toEqual(['0-holder', '0-patient']);
  });

  it('a process that shuts down gives the places of its callers up', async () => {
    const all = await started(2);
    await all.enter('1-holder');
    await all.enter('0-first');
    await all.enter('1-second');
    await all.crew.ask(0, { do: 'close' });
    expect(await all.serve(2)).toEqual(['1-holder', '1-second']);
  });

  it('several slots go to as many of the oldest', async () => {
    const all = await started(2, { maxConcurrent: 3, leaseSeconds: 3_600 });
    const names = ['0-a', '1-b', '0-c', '1-d', '0-e', '1-f'];
    for (const name of names) await all.enter(name);
    await eventually(async () => [...(await all.holders())].sort()).toEqual(['0-a', '0-c', '1-b']);
    for (const name of ['0-a', '1-b', '0-c']) await all.release(name);
    await eventually(async () => [...(await all.holders())].sort()).toEqual(['0-e', '1-d', '1-f']);
  });
});

describe('D7: a crash of all waiting processes', () => {
  it('leaves no places: the next caller gets the slot', async () => {
    const all = await started(3);
    await all.enter('2-holder');
    for (const name of ['0-a', '1-b', '0-c']) await all.enter(name);
    await Promise.all([all.kill(0), all.kill(1)]);
    await eventually(() => server.command('KEYS', '*:q')).toEqual([]);
    await all.release('2-holder');
    await eventually(() => all.crew.ask(2, { do: 'push' })).toBe(true);
    await eventually(() => server.command('KEYS', '*')).toEqual([]);
  });
});
