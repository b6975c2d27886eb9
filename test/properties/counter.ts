import type { OverflowEvent } from '../../src/core/events.js';
import type {
  ConcurrencyPolicy,
  LimiterPolicy,
  SlidingWindowPolicy,
  TokenBucketPolicy,
} from '../../src/core/policy.js';
import type { StoreRequest, Verdict } from '../../src/core/store.js';
import { MemoryStore } from '../../src/stores/memory/memory-store.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

/** A memory store, its clock, and its overflow events. */
export interface StoreUnderTest {
  readonly store: MemoryStore;
  readonly clock: FakeClock;
  readonly overflows: readonly OverflowEvent[];
}

export function aStore(maxKeys?: number, startMs = 1_000_000): StoreUnderTest {
  const clock = new FakeClock(startMs);
  const overflows: OverflowEvent[] = [];
  const onOverflow = (event: OverflowEvent): void => {
    overflows.push(event);
  };
  return { store: new MemoryStore({ id: 'main', maxKeys, clock, onOverflow }), clock, overflows };
}

/** The properties of a request, without its identifier. */
export interface RequestOptions {
  readonly cost?: number;
  readonly maxWaitMs?: number;
  readonly leaseId?: string | null;
}

/** One limiter of a memory store. Its policy may be changed. */
export class Counter {
  readonly store: MemoryStore;
  readonly clock: FakeClock;
  policy: LimiterPolicy;
  readonly #limiterId: string;

  constructor(policy: LimiterPolicy, { store, clock } = aStore(), limiterId = 'api') {
    this.store = store;
    this.clock = clock;
    this.policy = policy;
    this.#limiterId = limiterId;
  }

  request(identifier: string, options: RequestOptions = {}): StoreRequest {
    const { cost = 1, maxWaitMs = 0, leaseId = null } = options;
    const { policy } = this;
    return { limiterId: this.#limiterId, identifier, policy, cost, maxWaitMs, leaseId };
  }

  decide(identifier: string, options?: RequestOptions): Verdict {
    return this.store.decide([this.request(identifier, options)], 'all')[0]!;
  }

  take(identifier: string, cost = 1): boolean {
    return this.decide(identifier, { cost }).allowed;
  }

  /** Takes units until one is denied; returns their number. */
  exhaust(identifier: string): number {
    for (let taken = 0; taken < 10_000; taken++) if (!this.take(identifier)) return taken;
    throw new Error('no request was denied');
  }

  peek(identifier: string): Verdict {
    return this.decide(identifier, { cost: 0 });
  }

  /** Releases the grant of a request; without a reservation, the newest units. */
  release(identifier: string, options: RequestOptions, reservation: number | null = null): void {
    const { limiterId, policy, cost, leaseId } = this.request(identifier, options);
    this.store.release([{ limiterId, identifier, policy, cost, reservation, leaseId }]);
  }

  renew(identifier: string, leaseId: string, leaseMs: number): boolean {
    return this.store.renew([{ limiterId: this.#limiterId, identifier, leaseId, leaseMs }])[0]!;
  }

  reset(identifier: string): void {
    this.store.reset({ limiterId: this.#limiterId, identifier });
  }
}

export function bucket(burst: number, ratePerSecond: number): TokenBucketPolicy {
  return { algorithm: 'token_bucket', burst, ratePerSecond };
}

export function windowOf(limit: number, windowMs: number): SlidingWindowPolicy {
  return { algorithm: 'sliding_window', limit, windowMs };
}

export function slotsOf(maxConcurrent: number, leaseMs: number): ConcurrencyPolicy {
  return { algorithm: 'concurrency', concurrency: { maxConcurrent, leaseMs } };
}

/** `count` different names. */
export function names(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index)}`);
}
