import fc from 'fast-check';
import type { LimiterPolicy, RatePolicy } from '../../src/core/policy.js';
import type { BatchMode } from '../../src/core/store.js';
import { buckets, windows } from '../properties/arbitraries.js';
import { slotsOf, windowOf } from '../properties/counter.js';

/** A request, before it is known what the limits are by then. */
export interface Wish {
  readonly limiter: number;
  readonly identifier: string;
  /** In hundredths of the capacity, and at least one unit; null: a peek. */
  readonly size: number | null;
  /** In hundredths of the pace; null: as long as the last verdict, or one less. */
  readonly patience: number | null;
  readonly lease: string | null;
  /** How many may wait for a slot; 0 does not wait. */
  readonly places: number;
  /** Since when it waits, in microseconds. */
  readonly since: number;
}

/** What a wait ends at: so many hundredths of the pace, or a moment that the last answer named. */
export type Boundary = 'pace' | 'window' | 'retryAfterMs' | 'moreAfterMs' | 'resetAfterMs';

/** One step of a history of two stores. */
export type TwinStep =
  | {
      readonly kind: 'wait';
      readonly until: Boundary;
      readonly size: number;
      readonly offMs: number;
    }
  | { readonly kind: 'ask'; readonly mode: BatchMode; readonly wishes: readonly Wish[] }
  | {
      readonly kind: 'return';
      readonly age: number;
      readonly count: number;
      readonly share: number;
    }
  | { readonly kind: 'refund'; readonly wish: Wish }
  | { readonly kind: 'release'; readonly wish: Wish }
  | { readonly kind: 'renew'; readonly wish: Wish }
  | {
      readonly kind: 'keep' | 'leave';
      readonly wish: Wish;
      readonly leases: readonly string[];
      readonly since: readonly number[];
    }
  | { readonly kind: 'reset'; readonly wish: Wish }
  | { readonly kind: 'change'; readonly limiter: number; readonly policy: LimiterPolicy };

/** How many limiters a history has. */
export const LIMITERS = 3;
export const IDENTIFIERS = ['a', 'b'] as const;
/** About when histories begin, in microseconds. */
const SINCE = 1_790_000_000_000_000;
const LEASES = ['w', 'x', 'y', 'z', 'o:1', 'o:2', 'p:1'] as const;
/** Places of one owner. */
const PLACES = ['o:1', 'o:2', 'o:3'] as const;

export { buckets, windows };

/** Logs on both sides of the size at which they become rings, and well beyond it. */
export const longWindows: fc.Arbitrary<RatePolicy> = fc
  .tuple(
    fc.oneof(fc.integer({ min: 240, max: 560 }), fc.constantFrom(255, 256, 257, 512, 1_200)),
    fc.constantFrom(100, 1_000, 60_000),
  )
  .map(([limit, windowMs]) => windowOf(limit, windowMs));

export const slots: fc.Arbitrary<LimiterPolicy> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(1, 10, 1_000, 60_000))
  .map(([maxConcurrent, leaseMs]) => slotsOf(maxConcurrent, leaseMs));

export const unitsAndSlots: fc.Arbitrary<LimiterPolicy> = fc
  .tuple(fc.oneof(buckets, windows), slots)
  .map(([units, { concurrency }]) => ({ ...units, concurrency }));

export const anyPolicies: fc.Arbitrary<LimiterPolicy> = fc.oneof(
  ...[buckets, windows, longWindows, slots, unitsAndSlots],
);

const wishes: fc.Arbitrary<Wish> = fc.record({
  limiter: fc.nat(LIMITERS - 1),
  identifier: fc.constantFrom('a', 'a', 'a', 'b'),
  size: fc.oneof(fc.constantFrom(null, 0, 0, 100, 101), fc.integer({ min: 0, max: 130 })),
  patience: fc.oneof(fc.constantFrom(0, 0, 0, null), fc.integer({ min: 0, max: 1_000 })),
  lease: fc.option(fc.constantFrom(...LEASES), { freq: 1 }),
  places: fc.constantFrom(0, 0, 1, 3, 20),
  since: fc.constantFrom(0, 0, 0, SINCE, SINCE + 1_000),
});

const places = {
  wish: wishes,
  leases: fc.subarray([...PLACES]),
  since: fc.array(fc.constantFrom(0, SINCE + 1, SINCE + 500), { minLength: 3, maxLength: 3 }),
};

/** In a batch of these modes no identifier appears twice under a limiter. */
const together: fc.Arbitrary<readonly Wish[]> = fc.uniqueArray(wishes, {
  minLength: 2,
  maxLength: 4,
  selector: ({ limiter, identifier }) => `${String(limiter)}${identifier}`,
});

const KINDS = {
  wait: fc.record({
    kind: fc.constant('wait' as const),
    until: fc.constantFrom<Boundary>(
      ...(['pace', 'pace', 'window', 'retryAfterMs', 'moreAfterMs', 'resetAfterMs'] as const),
    ),
    size: fc.oneof(fc.constantFrom(0, 99, 100, 101), fc.integer({ min: 0, max: 1_000 })),
    offMs: fc.constantFrom(0, 0, -1, 1),
  }),
  ask: fc.record({
    kind: fc.constant('ask' as const),
    mode: fc.constant<BatchMode>('all'),
    wishes: wishes.map((wish) => [wish]),
  }),
  batch: fc.record({
    kind: fc.constant('ask' as const),
    mode: fc.constantFrom<BatchMode>('all', 'any'),
    wishes: together,
  }),
  return: fc.record({
    kind: fc.constant('return' as const),
    age: fc.oneof(fc.constant(0), fc.nat(6)),
    count: fc.integer({ min: 1, max: 3 }),
    share: fc.constantFrom(100, 100, 50, 150),
  }),
  refund: fc.record({ kind: fc.constant('refund' as const), wish: wishes }),
  release: fc.record({ kind: fc.constant('release' as const), wish: wishes }),
  keep: fc.record({ kind: fc.constant('keep' as const), ...places }),
  leave: fc.record({ kind: fc.constant('leave' as const), ...places }),
  renew: fc.record({ kind: fc.constant('renew' as const), wish: wishes }),
  reset: fc.record({ kind: fc.constant('reset' as const), wish: wishes }),
} as const;

/** Kinds of steps, as a history names them. */
export type TwinKind = keyof typeof KINDS | 'change';

/** A history of limiters that are all of one sort, and what it does to them. */
export interface TwinHistory {
  readonly policies: readonly LimiterPolicy[];
  readonly steps: readonly TwinStep[];
}

/** Histories of the given kinds of steps; a kind that is named twice comes twice as often. */
export function twinHistories(
  policies: fc.Arbitrary<LimiterPolicy>,
  kinds: readonly TwinKind[],
): fc.Arbitrary<TwinHistory> {
  const change = fc.record({
    kind: fc.constant('change' as const),
    limiter: fc.nat(LIMITERS - 1),
    policy: policies,
  });
  const steps = kinds.map((kind): fc.Arbitrary<TwinStep> =>
    kind === 'change' ? change : KINDS[kind],
  );
  return fc.record({
    policies: fc.array(policies, { minLength: LIMITERS, maxLength: LIMITERS }),
    steps: fc.array(fc.oneof(...steps), { maxLength: 60, size: 'max' }),
  });
}
