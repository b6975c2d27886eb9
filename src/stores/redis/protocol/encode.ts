import { emissionIntervalUs } from '../../../algorithms/gcra.js';
import type { LimiterPolicy } from '../../../core/policy.js';
import { slotLimitOf } from '../../../core/store.js';
import type {
  BatchMode,
  Grant,
  LeaseRef,
  PlacesRef,
  StateRef,
  StoreRequest,
  WaitingPlaces,
} from '../../../core/store.js';
import type { Operation } from './operation.js';
import type { KeyNames } from './keys.js';
import { EncodedArgumentCache, type EncodedArguments } from './argument-cache.js';
import { replyLengthOf } from './decode-verdicts.js';
import { workOf, workOfPlaces, workOfReturn } from './work.js';

/** The two numbers of a policy that counts units, as the script takes them. */
interface UnitFields {
  readonly kind: 'b' | 'w';
  readonly first: number;
  readonly second: number;
}

const unitFields = new WeakMap<LimiterPolicy, UnitFields | null>();

function unitFieldsOf(policy: LimiterPolicy): UnitFields | null {
  let fields = unitFields.get(policy);
  if (fields === undefined) {
    fields = makeUnitFields(policy);
    unitFields.set(policy, fields);
  }
  return fields;
}

function makeUnitFields(policy: LimiterPolicy): UnitFields | null {
  switch (policy.algorithm) {
    case 'token_bucket':
      return { kind: 'b', first: emissionIntervalUs(policy), second: policy.burst };
    case 'sliding_window':
      return { kind: 'w', first: policy.limit, second: policy.windowMs };
    case 'concurrency':
      return null;
  }
}

const shapes = new EncodedArgumentCache();

/** The word for nothing: a lease that is not there, any reservation. */
const NOTHING = '-';

/** The word for a place that is called like its owner. */
const OWNER_ALONE = '.';

/** Whether requests for slots look at the queue for them, which is a key of its own. */
export type QueueUse = 'queue' | 'no queue';

/** Asks for a decision over requests. */
export function encodeDecision(
  requests: readonly StoreRequest[],
  mode: BatchMode,
  names: KeyNames,
  use: QueueUse,
): Operation {
  const keys: string[] = [];
  for (const request of requests) {
    const { limiterId, identifier, policy } = request;
    const tag = names.hashTagOf(identifier);
    if (policy.algorithm !== 'concurrency') keys.push(names.units(limiterId, tag, policy));
    if (slotLimitOf(request) !== null) {
      keys.push(names.slots(limiterId, tag));
      if (use === 'queue') keys.push(names.queue(limiterId, tag));
    }
  }
  const { fields, integers, work } = shapes.of(requests, () => shapeOf(requests, use));
  return { kind: mode, keys, fields, requests: requests.length, integers, work };
}

function shapeOf(requests: readonly StoreRequest[], use: QueueUse): EncodedArguments {
  const fields: (string | number)[] = [];
  let integers = 0;
  let work = 0;
  for (const request of requests) {
    const { policy, cost, maxWaitMs, leaseId, mostPlaces = 0, waitsSince = 0 } = request;
    const units = unitFieldsOf(policy);
    const slots = slotLimitOf(request);
    integers += replyLengthOf(request);
    work += workOf(request);
    fields.push(kindOf(units, slots !== null), cost, maxWaitMs);
    if (units !== null) fields.push(units.first, units.second);
    if (slots !== null) {
      fields.push(slots.maxConcurrent, slots.leaseMs, leaseId ?? NOTHING);
      const places = leaseId === null ? 0 : mostPlaces;
      fields.push(use === 'queue' ? places : NOTHING, waitsSince);
    }
  }
  return { fields: fields.join(' '), integers, work };
}

/**
 * Asks to take grants back. While a hash slot moves, a bucket and its unsure reservations may be on two
 * servers: then without those, which takes back fewer reservations.
 */
export function encodeRelease(
  returns: readonly Grant[],
  names: KeyNames,
  operation: 'release' | 'release_moving' = 'release',
): Operation {
  const keys: string[] = [];
  const fields: (string | number)[] = [];
  let requests = 0;
  let work = 0;
  for (const grant of returns) {
    const { limiterId, identifier, policy, cost, reservation, leaseId } = grant;
    const tag = names.hashTagOf(identifier);
    const units = cost > 0 ? unitFieldsOf(policy) : null;
    if (units === null && leaseId === null) continue;
    requests += 1;
    work += workOfReturn(grant);
    fields.push(kindOf(units, leaseId !== null), cost, reservation ?? NOTHING);
    if (units !== null) {
      keys.push(names.units(limiterId, tag, policy));
      if (units.kind === 'b' && operation === 'release') {
        keys.push(names.unsure(limiterId, tag));
      }
      fields.push(units.first, units.second);
    }
    if (leaseId !== null) {
      keys.push(names.slots(limiterId, tag));
      fields.push(leaseId);
    }
  }
  return { kind: operation, keys, fields: fields.join(' '), requests, integers: 0, work };
}

/** Asks to prolong a lease. */
export function encodeRenewal(
  { limiterId, identifier, leaseId, leaseMs }: LeaseRef,
  names: KeyNames,
): Operation {
  const keys = [names.slots(limiterId, names.hashTagOf(identifier))];
  const fields = `${String(leaseMs)} ${leaseId}`;
  return { kind: 'renew', keys, fields, requests: 1, integers: 1, work: 1 };
}

/** Asks to take and renew places of one owner. */
export function encodeKeepPlaces(
  places: WaitingPlaces,
  mostPlaces: number,
  names: KeyNames,
): Operation {
  const tag = names.hashTagOf(places.identifier);
  const keys = [names.slots(places.limiterId, tag), names.queue(places.limiterId, tag)];
  const fields = [mostPlaces, wordsOf(places), ...places.since].join(' ');
  return { kind: 'keep', keys, fields, requests: 1, integers: 2, work: workOfPlaces(places) };
}

/** Asks to give places of one owner up. */
export function encodeLeavePlaces(places: PlacesRef, names: KeyNames): Operation {
  const keys = [names.queue(places.limiterId, names.hashTagOf(places.identifier))];
  const work = workOfPlaces(places);
  return { kind: 'leave', keys, fields: wordsOf(places), requests: 1, integers: 0, work };
}

/** The owner, the number of places, and of each what follows the owner. */
function wordsOf({ owner, leaseIds }: PlacesRef): string {
  const rests = leaseIds.map((leaseId) => leaseId.slice(owner.length) || OWNER_ALONE);
  return [owner, leaseIds.length, ...rests].join(' ');
}

/**
 * Asks to forget all that is known of an identifier under a limiter, one key at a time: keys of a
 * slot that is just moving are not all in one place.
 */
export function encodeReset(
  { limiterId, identifier }: StateRef,
  names: KeyNames,
): readonly Operation[] {
  return names.all(limiterId, names.hashTagOf(identifier)).map((key) => ({
    kind: 'reset',
    keys: [key],
    fields: '',
    requests: 1,
    integers: 0,
    work: 1,
  }));
}

/**
 * Asks to write a key that means nothing, in the slot of a tag. Without one it asks only for a sign
 * of life: a server of a cluster may have no slot yet.
 */
export function encodeProbe(names: KeyNames, tag: string | null): Operation {
  const keys = tag === null ? [] : [names.probe(tag)];
  return { kind: 'probe', keys, fields: '', requests: keys.length, integers: 0, work: 1 };
}

function kindOf(units: UnitFields | null, hasSlots: boolean): string {
  if (units === null) return 's';
  return hasSlots ? `${units.kind}s` : units.kind;
}
