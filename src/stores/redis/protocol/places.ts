import type { PlacesKept, PlacesRef, WaitingPlaces } from '../../../core/store.js';
import type { KeyNames } from './keys.js';
import type { Operation } from './operation.js';

/** The argument for a place whose token is that of its owner. */
const OWNER_ALONE = '.';

/** What the script returns where the first place has another owner. */
const NONE = -1;

/** Places that the server can touch in the time of an ordinary request. */
const PLACES_TOUCHED = 4;

/** Encodes taking and renewing places of one owner in the queue for slots. */
export function encodeKeepPlaces(
  places: WaitingPlaces,
  mostPlaces: number,
  names: KeyNames,
): Operation {
  const hashTag = names.hashTagOf(places.identifier);
  const keys = [names.slots(places.limiterId, hashTag), names.queue(places.limiterId, hashTag)];
  const fields = [mostPlaces, argumentsOf(places), ...places.since].join(' ');
  return { kind: 'keep', keys, fields, requests: 1, integers: 2, work: workOf(places) };
}

/** Encodes giving up places of one owner. */
export function encodeLeavePlaces(places: PlacesRef, names: KeyNames): Operation {
  const keys = [names.queue(places.limiterId, names.hashTagOf(places.identifier))];
  const fields = argumentsOf(places);
  return { kind: 'leave', keys, fields, requests: 1, integers: 0, work: workOf(places) };
}

/** The places that are kept, from the integers of a reply. */
export function decodePlacesKept({ owner }: PlacesRef, integers: readonly number[]): PlacesKept {
  const [kept = 0, first = NONE] = integers;
  return { kept, first: first === NONE ? null : `${owner}:${first.toString(36)}` };
}

/** The owner, the number of places, and the rest of each token after its owner. */
function argumentsOf({ owner, leaseIds }: PlacesRef): string {
  const rests = leaseIds.map((leaseId) => leaseId.slice(owner.length) || OWNER_ALONE);
  return [owner, leaseIds.length, ...rests].join(' ');
}

function workOf({ leaseIds }: PlacesRef): number {
  return 1 + leaseIds.length / PLACES_TOUCHED;
}
