import { expect } from 'vitest';
import type { RateSyncConfig } from '../../src/config/index.js';
import type { Decision } from '../../src/core/decision.js';
import type { DecisionObserver } from '../../src/core/events.js';
import type { FailureMode, LimiterPolicy, RatePolicy } from '../../src/core/policy.js';
import type {
  BatchMode,
  Grant,
  LeaseRef,
  StateRef,
  Store,
  StoreDescription,
  StoreRequest,
  Verdict,
} from '../../src/core/store.js';
import type { RateAlgorithm } from '../../src/algorithms/rate-algorithm.js';
import { GuardedStore } from '../../src/limiter/guarded-store/guarded-store.js';
import { LeaseKeeper } from '../../src/limiter/waiting/lease.js';
import { StoreLimiter } from '../../src/limiter/store-limiter.js';
import { Decider } from '../../src/limiter/decider.js';
import { Observers } from '../../src/limiter/observers.js';
import { Deadlines } from '../../src/resilience/deadlines.js';
import { createRateSync, type CreateRateSyncOptions } from '../../src/runtime/create-rate-sync.js';
import { MemoryStore } from '../../src/stores/memory/memory-store.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

/** Options of a limiter under test; each has a default. */
export interface LimiterOptions {
  readonly id?: string;
  readonly clock?: FakeClock;
  readonly store?: (clock: FakeClock) => Store;
  readonly failureMode?: FailureMode;
  readonly timeoutMs?: number | null;
  readonly observers?: readonly DecisionObserver[];
}

/** A limiter over a memory store, and the clock of both. */
export interface LimiterUnderTest {
  readonly limiter: StoreLimiter;
  readonly clock: FakeClock;
  /** Stops renewing leases, like a process that dies. */
  readonly die: () => void;
}

const TIMEOUTS = { decisionMs: 250, startMs: 5_000 };

/** A limiter with this policy. */
export function aLimiter(policy: LimiterPolicy, options: LimiterOptions = {}): LimiterUnderTest {
  const { id = 'api', failureMode = 'fail_open', timeoutMs = null, observers = [] } = options;
  const clock = options.clock ?? new FakeClock(1_000_000);
  const open = options.store ?? (() => new MemoryStore({ id: 'main', clock }));
  const store = new GuardedStore(open(clock), {
    deadlines: new Deadlines(clock),
    timeouts: TIMEOUTS,
    denyCache: null,
    clock,
  });
  const keeper = new LeaseKeeper(clock);
  const limiter = new StoreLimiter(
    { id, policy, store, failureMode, timeoutMs },
    { clock, keeper, decider: new Decider(new Observers(observers), clock) },
  );
  return {
    limiter,
    clock,
    die: () => {
      keeper.close();
    },
  };
}

/** Limiters of one or more stores, from a configuration. */
export async function aRateSync(config: RateSyncConfig, options: CreateRateSyncOptions = {}) {
  const clock = new FakeClock(1_000_000);
  return { clock, rateSync: await createRateSync({ config, clock, ...options }) };
}

/** A policy of slots only. */
export function slots(maxConcurrent: number, leaseMs = 30_000): LimiterPolicy {
  return { algorithm: 'concurrency', concurrency: { maxConcurrent, leaseMs } };
}

/** The current state of a promise: its value, its error, or `pending`. */
export async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  const values = promise.then(
    (value) => value,
    (error: unknown) => error,
  );
  await settled();
  return Promise.race([values, Promise.resolve('pending')]);
}

/** Fails unless the decision is allowed; returns it. */
export function expectAllowed(decision: Decision): Decision {
  expect(decision).toMatchObject({ allowed: true, reason: 'within_limit', retryAfterMs: 0 });
  return decision;
}

/** Fails unless the decision is denied for being over the limit; returns it. */
export function expectDenied(decision: Decision): Decision {
  expect(decision).toMatchObject({ allowed: false, reason: 'over_limit', degraded: false });
  return decision;
}

/** Resolves once pending promises have settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * A memory store with delayed replies: it decides at once, and each reply arrives when the test
 * delivers it (`deliver`), in any order.
 */
export class RemoteStore implements Store {
  readonly id: string;
  /** Replies in flight, in the order of the requests. */
  readonly #replies: (() => void)[] = [];
  readonly #memory: MemoryStore;

  constructor(memory: MemoryStore) {
    this.id = memory.id;
    this.#memory = memory;
  }

  /** The number of replies in flight. */
  get inFlight(): number {
    return this.#replies.length;
  }

  /** Delivers the reply at a position (0: the oldest), and lets promises settle. */
  async deliver(position = 0): Promise<void> {
    const [deliverReply] = this.#replies.splice(position, 1);
    expect(deliverReply).toBeDefined();
    deliverReply?.();
    await settled();
  }

  /** Delivers all replies in one turn of the event loop, and those of the requests that follow. */
  async deliverAll(): Promise<void> {
    while (this.#replies.length > 0) {
      for (const deliverReply of this.#replies.splice(0)) deliverReply();
      await settled();
    }
  }

  decide(batch: readonly StoreRequest[], mode: BatchMode): Promise<readonly Verdict[]> {
    return this.#later(this.#memory.decide(batch, mode));
  }

  release(grants: readonly Grant[]): Promise<void> {
    this.#memory.release(grants);
    return this.#later(undefined);
  }

  renew(leases: readonly LeaseRef[]): Promise<readonly boolean[]> {
    return this.#later(this.#memory.renew(leases));
  }

  reset(state: StateRef): Promise<void> {
    this.#memory.reset(state);
    return this.#later(undefined);
  }

  check(): void {
    this.#memory.check();
  }

  describe(): StoreDescription {
    return this.#memory.describe();
  }

  close(): void {
    this.#memory.close();
  }

  #later<T>(reply: T): Promise<T> {
    return new Promise((resolve) => {
      this.#replies.push(() => {
        resolve(reply);
      });
    });
  }
}

/**
 * One line of a worked example. `retryAfterMs` 0: the request was allowed and took its cost, now
 * or `waitMs` later.
 */
export interface Line {
  readonly now: number;
  readonly cost: number;
  readonly maxWaitMs?: number;
  readonly waitMs?: number;
  readonly remaining?: number;
  readonly retryAfterMs: number;
  readonly resetAfterMs?: number;
  readonly moreAfterMs?: number;
}

/** Executes a worked example line by line; returns the final state. */
export function timeline<State, Policy extends RatePolicy>(
  algorithm: RateAlgorithm<State, Policy>,
  policy: Policy,
  lines: readonly Line[],
  state: State = algorithm.fresh(),
): State {
  for (const line of lines) {
    const { now, cost, maxWaitMs = 0, ...expected } = line;
    const verdict = algorithm.evaluate(state, policy, { cost, maxWaitMs }, now);
    expect({ line, verdict }).toMatchObject({ line, verdict: { waitMs: 0, ...expected } });
    expect(verdict.allowed).toBe(expected.retryAfterMs === 0);
    if (verdict.allowed && cost > 0) state = algorithm.commit(state, policy, cost, verdict);
  }
  return state;
}
