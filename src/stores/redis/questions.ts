import { emissionIntervalUs } from '../../algorithms/gcra.js';
import type { LimiterPolicy } from '../../core/policy.js';
import { slotLimitOf } from '../../core/slot-limit.js';
import type {
  BatchMode,
  GrantReturn,
  LeaseRef,
  PlacesRef,
  StateRef,
  StoreRequest,
  WaitingPlaces,
} from '../../core/store.js';
import type { Question } from './group.js';
import type { KeyNames } from './keys.js';
import { Shapes, type Shape } from './shapes.js';
import { integersOf } from './verdicts.js';
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

const shapes = new Shapes();

/** The word for nothing: a lease that is not there, any booking. */
const NOTHING = '-';

/** The word for a place that is called like its owner. */
const OWNER_ALONE = '.';

/** Whether requests for slots look at the queue for them, which is a key of its own. */
export type QueueUse = 'queue' | 'no queue';

/** Asks for a decision over requests. */
export function askToDecide(
  requests: readonly StoreRequest[],
  mode: BatchMode,
  names: KeyNames,
  use: QueueUse,
): Question {
  const keys: string[] = [];
  for (const request of requests) {
    const { limiterId, identifier, policy } = request;
    const tag = names.tagOf(identifier);
    if (policy.algorithm !== 'concurrency') keys.push(names.units(limiterId, tag, policy));
    if (slotLimitOf(request) !== null) {
      keys.push(names.slots(limiterId, tag));
      if (use === 'queue') keys.push(names.queue(limiterId, tag));
    }
  }
  const { fields, integers, work } = shapes.of(requests, () => shapeOf(requests, use));
  return { operation: mode, keys, fields, requests: requests.length, integers, work };
}

function shapeOf(requests: readonly StoreRequest[], use: QueueUse): Shape {
  const fields: (string | number)[] = [];
  let integers = 0;
  let work = 0;
  for (const request of requests) {
    const { policy, cost, maxWaitMs, leaseId, mostPlaces = 0, waitsSince = 0 } = request;
    const units = unitFieldsOf(policy);
    const slots = slotLimitOf(request);
    integers += integersOf(request);
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
 * Asks to take grants back. While a hash slot moves, a bucket and its unsure bookings may be on two
 * servers: then without those, which takes back fewer bookings.
 */
export function askToGiveBack(
  returns: readonly GrantReturn[],
  names: KeyNames,
  operation: 'give_back' | 'give_back_moving' = 'give_back',
): Question {
  const keys: string[] = [];
  const fields: (string | number)[] = [];
  let requests = 0;
  let work = 0;
  for (const grant of returns) {
    const { limiterId, identifier, policy, cost, booking, leaseId } = grant;
    const tag = names.tagOf(identifier);
    const units = cost > 0 ? unitFieldsOf(policy) : null;
    if (units === null && leaseId === null) continue;
    requests += 1;
    work += workOfReturn(grant);
    fields.push(kindOf(units, leaseId !== null), cost, booking ?? NOTHING);
    if (units !== null) {
      keys.push(names.units(limiterId, tag, policy));
      if (units.kind === 'b' && operation === 'give_back') {
        keys.push(names.unsure(limiterId, tag));
      }
      fields.push(units.first, units.second);
    }
    if (leaseId !== null) {
      keys.push(names.slots(limiterId, tag));
      fields.push(leaseId);
    }
  }
  return { operation, keys, fields: fields.join(' '), requests, integers: 0, work };
}

/** Asks to prolong a lease. */
export function askToRenew(
  { limiterId, identifier, leaseId, leaseMs }: LeaseRef,
  names: KeyNames,
): Question {
  const keys = [names.slots(limiterId, names.tagOf(identifier))];
  const fields = `${String(leaseMs)} ${leaseId}`;
  return { operation: 'renew', keys, fields, requests: 1, integers: 1, work: 1 };
}

/** Asks to take and renew places of one owner. */
export function askToKeepPlaces(
  places: WaitingPlaces,
  mostPlaces: number,
  names: KeyNames,
): Question {
  const tag = names.tagOf(places.identifier);
  const keys = [names.slots(places.limiterId, tag), names.queue(places.limiterId, tag)];
  const fields = [mostPlaces, wordsOf(places), ...places.since].join(' ');
  return { operation: 'keep', keys, fields, requests: 1, integers: 2, work: workOfPlaces(places) };
}

/** Asks to give places of one owner up. */
export function askToLeavePlaces(places: PlacesRef, names: KeyNames): Question {
  const keys = [names.queue(places.limiterId, names.tagOf(places.identifier))];
  const work = workOfPlaces(places);
  return { operation: 'leave', keys, fields: wordsOf(places), requests: 1, integers: 0, work };
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
export function askToForget(
  { limiterId, identifier }: StateRef,
  names: KeyNames,
): readonly Question[] {
  return names.all(limiterId, names.tagOf(identifier)).map((key) => ({
    operation: 'forget',
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
export function askToProve(names: KeyNames, tag: string | null): Question {
  const keys = tag === null ? [] : [names.proof(tag)];
  return { operation: 'probe', keys, fields: '', requests: keys.length, integers: 0, work: 1 };
}

function kindOf(units: UnitFields | null, hasSlots: boolean): string {
  if (units === null) return 's';
  return hasSlots ? `${units.kind}s` : units.kind;
}
