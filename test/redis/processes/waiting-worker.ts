/* One of several processes whose callers wait for the same slots: does what its parent asks. */
import type { LimiterConfig } from '../../../src/config/index.js';
import { createRateSync } from '../../../src/runtime/create-rate-sync.js';
import type { RateSync } from '../../../src/runtime/rate-sync.js';
import type { Lease } from '../../../src/limiter/limiter.js';

/** What a parent may ask. */
export type WaitingOrder =
  | { readonly do: 'open'; readonly url: string; readonly limiters: Record<string, LimiterConfig> }
  | { readonly do: 'enter'; readonly names: readonly string[]; readonly timeoutMs?: number }
  | { readonly do: 'holders' | 'left' }
  | { readonly do: 'release' | 'abort'; readonly name: string }
  | { readonly do: 'push' }
  | { readonly do: 'close' };

let rateSync: RateSync;
const held = new Map<string, Lease>();
const left: string[] = [];
const signals = new Map<string, AbortController>();

function enter(name: string, timeoutMs: number): void {
  const controller = new AbortController();
  signals.set(name, controller);
  const { signal } = controller;
  rateSync.limiters
    .get('slots')
    .acquire('x', { signal, timeoutMs })
    .then(
      (lease) => held.set(name, lease),
      () => left.push(name),
    );
}

const orders = {
  async open({ url, limiters }: Extract<WaitingOrder, { do: 'open' }>) {
    const store = { url, decisionTimeout: 5, denyCacheSeconds: 0 };
    rateSync = await createRateSync({ config: { stores: { main: store }, limiters }, env: {} });
    await rateSync.check();
  },
  /** Answers when the server has heard of all of them: what is asked later is answered later. */
  async enter({ names, timeoutMs = 60_000 }: Extract<WaitingOrder, { do: 'enter' }>) {
    for (const name of names) enter(name, timeoutMs);
    await rateSync.limiters.get('slots').peek('x');
  },
  holders: () => [...held.keys()],
  left: () => left,
  async release({ name }: Extract<WaitingOrder, { do: 'release' }>) {
    const lease = held.get(name);
    held.delete(name);
    await lease?.release();
  },
  abort({ name }: Extract<WaitingOrder, { do: 'abort' }>) {
    signals.get(name)?.abort(new Error('gone'));
  },
  /** Whether a caller that does not wait gets a slot; it is released at once. */
  async push() {
    const lease = await rateSync.limiters.get('slots').tryAcquire('x');
    await lease?.release();
    return lease !== null;
  },
  async close() {
    await rateSync.close();
  },
};

process.on('message', (order: WaitingOrder) => {
  const done = Promise.resolve(orders[order.do](order as never));
  done.then(
    (answer) => process.send?.({ answer: answer ?? null }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
