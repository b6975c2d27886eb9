/* One of several processes that share limits: does what its parent asks, and answers with a message. */
import type { LimiterConfig, StoreConfig } from '../../../src/config/index.js';
import type { CircuitEvent } from '../../../src/core/events.js';
import { createRateSync } from '../../../src/runtime/create-rate-sync.js';
import type { RateSync } from '../../../src/runtime/rate-sync.js';
import type { Lease } from '../../../src/limiter/limiter.js';

/** What a parent may ask. */
export type Order =
  | {
      readonly do: 'open';
      readonly url: string;
      readonly limiters: Record<string, LimiterConfig>;
      readonly store?: StoreConfig;
    }
  | {
      readonly do: 'flood';
      readonly limiter: string;
      readonly callers: number;
      readonly rounds: number;
      /** How long this process is busy after each answer. */
      readonly workMs: number;
    }
  | {
      readonly do: 'hammer';
      readonly limiter: string;
      readonly identifier: string;
      readonly times: number;
    }
  | {
      readonly do: 'acquire';
      readonly limiter: string;
      readonly times: number;
      readonly timeoutMs: number;
    }
  | { readonly do: 'skew'; readonly byMs: number }
  | { readonly do: 'hold'; readonly limiter: string }
  | { readonly do: 'release' }
  | { readonly do: 'close' };

/** What was let through, and what was answered by a failure mode. */
export interface Tally {
  readonly allowed: number;
  readonly degraded: number;
}

/** What a process saw while it was flooded. */
export interface Flooded {
  /** All that passed, by whichever answer. */
  readonly passed: number;
  readonly degraded: number;
  /** How the circuit breaker changed. */
  readonly circuit: readonly string[];
}

let rateSync: RateSync;
const circuit: string[] = [];
let held: Lease | null = null;

/** A store that answers late rather than by a failure mode, and asks for every decision. */
const PATIENT: StoreConfig = { decisionTimeout: 5, denyCacheSeconds: 0 };

const orders = {
  async open({ url, limiters, store = PATIENT }: Extract<Order, { do: 'open' }>) {
    const onCircuit = ({ from, to }: CircuitEvent): void => void circuit.push(`${from}>${to}`);
    rateSync = await createRateSync({
      config: { stores: { main: { ...store, url } }, limiters },
      env: {},
      observers: [{ onCircuit }],
    });
    await rateSync.check();
  },
  async hammer({ limiter, identifier, times }: Extract<Order, { do: 'hammer' }>): Promise<Tally> {
    const target = rateSync.limiters.get(limiter);
    let [allowed, degraded] = [0, 0];
    const hammer = async (): Promise<void> => {
      for (let time = 0; time < times; time++) {
        const decision = await target.consume(identifier);
        if (decision.degraded) degraded += 1;
        else if (decision.allowed) allowed += 1;
      }
    };
    await Promise.all(Array.from({ length: 10 }, hammer));
    return { allowed, degraded };
  },
  /** Callers that request again as soon as they have used their answer. */
  async flood({ limiter, callers, rounds, workMs }: Extract<Order, { do: 'flood' }>) {
    const target = rateSync.limiters.get(limiter);
    let [passed, degraded] = [0, 0];
    const call = async (): Promise<void> => {
      for (let round = 0; round < rounds; round++) {
        const decision = await target.consume('everybody');
        if (decision.degraded) degraded += 1;
        if (decision.allowed) passed += 1;
        work(workMs);
      }
    };
    await Promise.all(Array.from({ length: callers }, call));
    return { passed, degraded, circuit } satisfies Flooded;
  },
  /** The moments, by the system's clock, at which turns came. */
  async acquire({ limiter, times, timeoutMs }: Extract<Order, { do: 'acquire' }>) {
    const target = rateSync.limiters.get(limiter);
    const turns = Array.from({ length: times }, async () => {
      await target.acquire('', { timeoutMs });
      return performance.timeOrigin + performance.now();
    });
    return await Promise.all(turns);
  },
  skew({ byMs }: Extract<Order, { do: 'skew' }>) {
    const { now } = Date;
    Date.now = () => now() + byMs;
  },
  async hold({ limiter }: Extract<Order, { do: 'hold' }>) {
    held = await rateSync.limiters.get(limiter).tryAcquire('');
    return held !== null;
  },
  async release() {
    await held?.release();
  },
  async close() {
    await rateSync.close();
    process.disconnect();
  },
};

/** Keeps this process busy. */
function work(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs);
}

process.on('message', (order: Order) => {
  const done = Promise.resolve(orders[order.do](order as never));
  done.then(
    (answer) => process.send?.({ answer: answer ?? null }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
