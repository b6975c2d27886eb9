import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RatePolicy } from '../../src/core/policy.js';
import type { BatchMode } from '../../src/core/store.js';
import { capacityOf, paceMs, policies } from './arbitraries.js';
import { aStore, Counter, slotsOf } from './counter.js';

const LEASE_MS = 5_000;

/** An event in a small store: single calls of many identifiers, and batches. */
type Event =
  | { readonly kind: 'wait'; readonly share: number }
  | { readonly kind: Call; readonly limiter: number; readonly name: number }
  | { readonly kind: 'limit'; readonly limiter: number; readonly capacity: number }
  | { readonly kind: 'hold' | 'release'; readonly name: number }
  | { readonly kind: 'together'; readonly mode: BatchMode; readonly names: readonly number[] };
type Call = 'take' | 'exhaust' | 'refund' | 'reset';

const limiter = fc.nat(1);
const name = fc.nat(30);
const mode = fc.constantFrom<BatchMode>('all', 'any');
const capacity = fc.integer({ min: 1, max: 9 });
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('wait' as const), share: fc.integer({ min: 0, max: 300 }) }),
  fc.record({ kind: fc.constantFrom<Call>('take', 'exhaust', 'refund', 'reset'), limiter, name }),
  fc.record({ kind: fc.constant('limit' as const), limiter, capacity }),
  fc.record({ kind: fc.constantFrom<'hold' | 'release'>('hold', 'release'), name }),
  fc.record({
    kind: fc.constant('together' as const),
    mode,
    names: fc.uniqueArray(name, { minLength: 1, maxLength: 8 }),
  }),
);
const events = fc.array(event, { maxLength: 150, size: 'max' });

const nameOf = (number: number): string => `n${String(number)}`;

/** A store of two limiters of units and one of slots, and the state that it must keep. */
class SmallStore {
  readonly under: ReturnType<typeof aStore>;
  readonly counters: readonly Counter[];
  readonly slots: Counter;
  /** Identifiers without units, and until when. */
  readonly #denied = new Map<string, number>();
  /** Held slots, and until when. */
  readonly #held = new Map<string, number>();

  constructor(
    readonly maxKeys: number,
    ratePolicies: readonly RatePolicy[],
  ) {
    this.under = aStore(maxKeys);
    this.counters = ratePolicies.map(
      (policy, index) => new Counter(policy, this.under, `limiter-${String(index)}`),
    );
    this.slots = new Counter(slotsOf(2, LEASE_MS), this.under, 'slots');
  }

  follow(event: Event): void {
    if ('share' in event) this.#wait(event.share);
    else if ('capacity' in event) this.#change(event.limiter, event.capacity);
    else if ('names' in event) this.#decide(event.mode, event.names.map(nameOf));
    else if ('limiter' in event) this.#call(event.kind, event.limiter, nameOf(event.name));
    else this.#useSlot(event.kind, nameOf(event.name));
  }

  #wait(share: number): void {
    const pace = paceMs(this.counters[0]!.policy as RatePolicy);
    this.under.clock.advance(Math.round((share / 100) * pace));
  }

  #decide(how: BatchMode, identifiers: readonly string[]): void {
    const batch = identifiers.flatMap((identifier) =>
      this.counters.map((each) => each.request(identifier)),
    );
    this.under.store.decide(batch, how);
  }

  #call(kind: Call, limiter: number, name: string): void {
    const counter = this.counters[limiter]!;
    const key = `${String(limiter)}/${name}`;
    if (kind === 'refund') counter.release(name, { cost: 1 });
    else if (kind === 'reset') counter.reset(name);
    else if (kind === 'take') counter.take(name);
    else counter.exhaust(name);
    if (kind === 'refund' || kind === 'reset') this.#denied.delete(key);
    const { allowed, retryAfterMs } = counter.peek(name);
    // An identifier of the shared bucket may get a state of its own later.
    const isAlone = counter.peek('unknown').resetAfterMs === 0;
    if (!allowed && isAlone) this.#denied.set(key, this.under.clock.nowMs() + retryAfterMs);
  }

  #change(limiter: number, capacity: number): void {
    const counter = this.counters[limiter]!;
    const policy = counter.policy as RatePolicy;
    counter.policy =
      policy.algorithm === 'token_bucket'
        ? { ...policy, burst: capacity }
        : { ...policy, limit: capacity };
    counter.peek('unknown');
    for (const key of this.#denied.keys())
      if (key.startsWith(String(limiter))) this.#denied.delete(key);
  }

  #useSlot(kind: 'hold' | 'release', name: string): void {
    const leaseId = `lease of ${name}`;
    if (kind === 'release') {
      this.slots.release(name, { cost: 0, leaseId });
      this.#held.delete(name);
    } else if (this.slots.decide(name, { leaseId }).allowed) {
      this.#held.set(name, this.under.clock.nowMs() + LEASE_MS);
    }
  }

  expectInOrder(): void {
    const { store, clock } = this.under;
    expect(store.usage().keys).toBeLessThanOrEqual(this.maxKeys);
    expect(clock.pendingTimers).toBe(0);
    for (const [key, untilMs] of this.#denied) {
      const [limiter, name] = key.split('/') as [string, string];
      if (clock.nowMs() >= untilMs) this.#denied.delete(key);
      else expect(this.counters[Number(limiter)]!.take(name)).toBe(false);
    }
    for (const [name, untilMs] of this.#held) {
      const isRunning = clock.nowMs() < untilMs;
      if (!isRunning) this.#held.delete(name);
      else expect(this.slots.renew(name, `lease of ${name}`, untilMs - clock.nowMs())).toBe(true);
    }
  }
}

/** Units that a batch took. */
function unitsTaken(how: BatchMode, costs: readonly number[], allowed: readonly boolean[]): number {
  const taken = costs.filter((_, index) => allowed[index] === true);
  if (how === 'any') return taken[0] ?? 0;
  if (taken.length < costs.length) return 0;
  return taken.reduce((sum, cost) => sum + cost, 0);
}

describe('a small memory store', () => {
  it('respects its bound, and never evicts exhausted identifiers or held slots', () => {
    const sizes = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(sizes, fc.tuple(policies, policies), events, (maxKeys, both, history) => {
        const small = new SmallStore(maxKeys, both);
        for (const event of history) {
          small.follow(event);
          small.expectInOrder();
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never allows more new identifiers than their shared bucket', () => {
    const batches = fc.array(
      fc.record({
        mode,
        costs: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 6 }),
      }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(policies, batches, (policy, rounds) => {
        const under = aStore(2);
        const full = new Counter(slotsOf(1, 366 * 86_400_000), under, 'full');
        for (const name of ['a', 'b']) full.decide(name, { leaseId: name });
        const counter = new Counter(policy, under);
        let passed = 0;
        rounds.forEach(({ mode: how, costs }, round) => {
          const batch = costs.map((cost, index) =>
            counter.request(`${String(round)}-${String(index)}`, { cost }),
          );
          const verdicts = under.store.decide(batch, how);
          passed += unitsTaken(
            how,
            costs,
            verdicts.map(({ allowed }) => allowed),
          );
          expect(passed).toBeLessThanOrEqual(capacityOf(policy));
        });
        expect(under.store.usage().keys).toBe(2);
      }),
    );
  });
});
