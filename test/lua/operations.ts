import type { OperationKind } from '../../src/stores/redis/protocol/operation.js';

/** One request: its keys and fields, in the order that `lua/dispatch.lua` takes them in. */
export interface ScriptRequest {
  readonly keys: readonly string[];
  readonly fields: readonly (string | number)[];
  /** Integers of the reply for it. */
  readonly width: number;
}

/** An operation of the script. */
export interface ScriptOperation {
  readonly kind: OperationKind;
  readonly requests: readonly ScriptRequest[];
  /** By the clock that decides; default: none. */
  readonly deadlineUs?: number;
}

/** A request; default: one unit, now. */
export interface Wish {
  readonly cost?: number;
  readonly maxWaitMs?: number;
}

/** Released units: those of a reservation, or any. */
export interface Back {
  readonly cost: number;
  readonly reservation?: number;
}

/** A limit on units, as the script takes it. */
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

/** Integers of the reply for units and for slots. */
const WIDTH = { b: 2, w: 7, s: 4 } as const;

/** Requests units; a cost of 0 peeks. */
export function take(
  { kind, key, numbers }: Units,
  { cost = 1, maxWaitMs = 0 }: Wish = {},
): ScriptRequest {
  const fields = [kind, cost, maxWaitMs, ...numbers];
  return { keys: [key], fields, width: WIDTH[kind] };
}

/** Requests a slot; the lease `-` peeks. `mostPlaces` may wait for it; 0: this request does not. */
export function hold({ key, max, leaseMs }: Slots, lease: string, mostPlaces = 0): ScriptRequest {
  const fields = ['s', 0, 0, max, leaseMs, lease, mostPlaces, 0];
  return { keys: [key, queueOf(key)], fields, width: WIDTH.s };
}

/** The key of the queue for slots. */
export function queueOf(key: string): string {
  return `${key}:q`;
}

/** Takes and renews places of an owner: the rest of each token. */
export function keep(
  { key }: Slots,
  mostPlaces: number,
  owner: string,
  ...places: readonly string[]
): ScriptOperation {
  const fields = [mostPlaces, owner, places.length, ...places, ...places.map(() => 0)];
  return { kind: 'keep', requests: [{ keys: [key, queueOf(key)], fields, width: 2 }] };
}

/** Gives up places. */
export function leave(
  { key }: Slots,
  owner: string,
  ...places: readonly string[]
): ScriptOperation {
  const fields = [owner, places.length, ...places];
  return { kind: 'leave', requests: [{ keys: [queueOf(key)], fields, width: 0 }] };
}

/** Requests units and a slot. */
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
  return { keys: [units.key, key, queueOf(key)], fields, width: WIDTH[units.kind] + WIDTH.s };
}

/** Decides: everything passes and is taken, or nothing is. */
export function all(...requests: readonly ScriptRequest[]): ScriptOperation {
  return { kind: 'all', requests };
}

/** Decides: the first that passes is taken. */
export function any(...requests: readonly ScriptRequest[]): ScriptOperation {
  return { kind: 'any', requests };
}

/** Releases units. */
export function release(
  { kind, key, numbers }: Units,
  { cost, reservation }: Back,
): ScriptOperation {
  const fields = [kind, cost, reservation ?? '-', ...numbers];
  return {
    kind: 'release',
    requests: [{ keys: returnKeysOf(kind, key), fields, width: 0 }],
  };
}

/** A bucket has a key for reservations that a release makes unsure. */
function returnKeysOf(kind: Units['kind'], key: string): readonly string[] {
  return kind === 'b' ? [key, `${key}:unsure`] : [key];
}

/** Releases a slot. */
export function freeSlot({ key }: Slots, lease: string): ScriptOperation {
  const fields = ['s', 0, '-', lease];
  return { kind: 'release', requests: [{ keys: [key], fields, width: 0 }] };
}

/** Releases units and a slot. */
export function releaseAll(
  units: Units,
  { key }: Slots,
  { lease, cost, reservation }: Back & { readonly lease: string },
): ScriptOperation {
  const fields = [`${units.kind}s`, cost, reservation ?? '-', ...units.numbers, lease];
  const keys = [...returnKeysOf(units.kind, units.key), key];
  return { kind: 'release', requests: [{ keys, fields, width: 0 }] };
}

/** Renews leases. */
export function renew({ key, leaseMs }: Slots, ...leases: readonly string[]): ScriptOperation {
  const requests = leases.map((lease) => ({ keys: [key], fields: [leaseMs, lease], width: 1 }));
  return { kind: 'renew', requests };
}

/** Deletes keys. */
export function forget(...keys: readonly string[]): ScriptOperation {
  return { kind: 'reset', requests: keys.map(named) };
}

/** Writes keys and tries every command. */
export function probe(...keys: readonly string[]): ScriptOperation {
  return { kind: 'probe', requests: keys.map(named) };
}

function named(key: string): ScriptRequest {
  return { keys: [key], fields: [], width: 0 };
}

/** The same with a deadline. */
export function by(deadlineUs: number, operation: ScriptOperation): ScriptOperation {
  return { ...operation, deadlineUs };
}
