import type { OperationKind } from '../../src/stores/redis/protocol/operation.js';

/** One request: its keys and fields, in the order that `lua/dispatch.lua` takes them in. */
export interface ScriptRequest {
  readonly keys: readonly string[];
  readonly fields: readonly (string | number)[];
  /** How many integers the answer to it has. */
  readonly tells: number;
}

/** What the script does together, or not at all. */
export interface ScriptGroup {
  readonly operation: OperationKind;
  readonly requests: readonly ScriptRequest[];
  /** By the clock that decides; none unless said otherwise. */
  readonly deadlineUs?: number;
}

/** What is asked for; one unit, now, unless said otherwise. */
export interface Wish {
  readonly cost?: number;
  readonly maxWaitMs?: number;
}

/** What comes back: units of a reservation, or any. */
export interface Back {
  readonly cost: number;
  readonly reservation?: number;
}

/** A limit on units, as the script hears of it. */
export interface Units {
  readonly kind: 'b' | 'w';
  readonly key: string;
  readonly numbers: readonly [number, number];
}

/** A limit on slots. */
export interface Slots {
  readonly key: string;
  readonly max: number;
  readonly leaseMs: number;
}

export function bucketOf(key: string, intervalUs: number, burst: number): Units {
  return { kind: 'b', key, numbers: [intervalUs, burst] };
}

export function windowOf(key: string, limit: number, windowMs: number): Units {
  return { kind: 'w', key, numbers: [limit, windowMs] };
}

export function slotsOf(key: string, max: number, leaseMs: number): Slots {
  return { key, max, leaseMs };
}

/** How many integers the script tells of units and of slots. */
const TELLS = { b: 2, w: 7, s: 4 } as const;

/** Asks for units; a cost of 0 looks. */
export function take(
  { kind, key, numbers }: Units,
  { cost = 1, maxWaitMs = 0 }: Wish = {},
): ScriptRequest {
  const fields = [kind, cost, maxWaitMs, ...numbers];
  return { keys: [key], fields, tells: TELLS[kind] };
}

/** Asks for a slot; an empty lease looks. So many may wait for it; 0: this request does not. */
export function hold({ key, max, leaseMs }: Slots, lease: string, mostPlaces = 0): ScriptRequest {
  const fields = ['s', 0, 0, max, leaseMs, lease, mostPlaces, 0];
  return { keys: [key, queueOf(key)], fields, tells: TELLS.s };
}

/** The key of those who wait for slots. */
export function queueOf(key: string): string {
  return `${key}:q`;
}

/** Takes and renews places of an owner: what follows it in each token. */
export function keep(
  { key }: Slots,
  mostPlaces: number,
  owner: string,
  ...places: readonly string[]
): ScriptGroup {
  const fields = [mostPlaces, owner, places.length, ...places, ...places.map(() => 0)];
  return { operation: 'keep', requests: [{ keys: [key, queueOf(key)], fields, tells: 2 }] };
}

/** Gives places up. */
export function leave({ key }: Slots, owner: string, ...places: readonly string[]): ScriptGroup {
  const fields = [owner, places.length, ...places];
  return { operation: 'leave', requests: [{ keys: [queueOf(key)], fields, tells: 0 }] };
}

/** Asks for units and a slot. */
export function takeAndHold(
  units: Units,
  { key, max, leaseMs }: Slots,
  {
    lease,
    cost = 1,
    maxWaitMs = 0,
    mostPlaces = 0,
  }: Wish & { readonly lease: string; readonly mostPlaces?: number },
): ScriptRequest {
  const limit = [max, leaseMs, lease, mostPlaces, 0];
  const fields = [`${units.kind}s`, cost, maxWaitMs, ...units.numbers, ...limit];
  return { keys: [units.key, key, queueOf(key)], fields, tells: TELLS[units.kind] + TELLS.s };
}

/** Decides: everything passes and is taken, or nothing is. */
export function all(...requests: readonly ScriptRequest[]): ScriptGroup {
  return { operation: 'all', requests };
}

/** Decides: the first that passes is taken. */
export function any(...requests: readonly ScriptRequest[]): ScriptGroup {
  return { operation: 'any', requests };
}

/** Hands units back. */
export function release({ kind, key, numbers }: Units, { cost, reservation }: Back): ScriptGroup {
  const fields = [kind, cost, reservation ?? '-', ...numbers];
  return {
    operation: 'release',
    requests: [{ keys: returnKeysOf(kind, key), fields, tells: 0 }],
  };
}

/** A bucket has a key for reservations that a return makes unsure. */
function returnKeysOf(kind: Units['kind'], key: string): readonly string[] {
  return kind === 'b' ? [key, `${key}:unsure`] : [key];
}

/** Frees a slot. */
export function freeSlot({ key }: Slots, lease: string): ScriptGroup {
  const fields = ['s', 0, '-', lease];
  return { operation: 'release', requests: [{ keys: [key], fields, tells: 0 }] };
}

/** Hands units back and frees a slot. */
export function releaseAll(
  units: Units,
  { key }: Slots,
  { lease, cost, reservation }: Back & { readonly lease: string },
): ScriptGroup {
  const fields = [`${units.kind}s`, cost, reservation ?? '-', ...units.numbers, lease];
  const keys = [...returnKeysOf(units.kind, units.key), key];
  return { operation: 'release', requests: [{ keys, fields, tells: 0 }] };
}

/** Prolongs leases. */
export function renew({ key, leaseMs }: Slots, ...leases: readonly string[]): ScriptGroup {
  const requests = leases.map((lease) => ({ keys: [key], fields: [leaseMs, lease], tells: 1 }));
  return { operation: 'renew', requests };
}

/** Deletes keys. */
export function forget(...keys: readonly string[]): ScriptGroup {
  return { operation: 'reset', requests: keys.map(named) };
}

/** Proves that keys can be written. */
export function probe(...keys: readonly string[]): ScriptGroup {
  return { operation: 'probe', requests: keys.map(named) };
}

function named(key: string): ScriptRequest {
  return { keys: [key], fields: [], tells: 0 };
}

/** The same by a deadline. */
export function by(deadlineUs: number, group: ScriptGroup): ScriptGroup {
  return { ...group, deadlineUs };
}
