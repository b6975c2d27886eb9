/** How long the places of an owner stand without being renewed, in milliseconds. */
export const PLACE_TTL_MS = 50;

/** How soon a place that comes first may get a slot that is free, in milliseconds. */
export const PLACE_POLL_MS = 25;

/** The most places that one call takes, renews or looks at. */
export const MOST_PLACES_PER_CALL = 64;

const NUMBERED = /:[0-9a-z]+$/;

/**
 * Those who wait for slots of one identifier, first come, first served. A place is the id of the
 * lease that it waits for; an owner (what comes before the first colon) renews all its places at once.
 */
export interface PlaceQueue {
  /** When each was taken, in microseconds; in that order. Later ones are always greater. */
  readonly places: Map<string, number>;
  /** When the places of each owner are lost. */
  readonly owners: Map<string, number>;
}

export function newPlaceQueue(): PlaceQueue {
  return { places: new Map(), owners: new Map() };
}

/** Whose a place is. */
export function ownerOf(leaseId: string): string {
  const end = leaseId.indexOf(':');
  return end === -1 ? leaseId : leaseId.slice(0, end);
}

/** A request that may wait: its lease, and since when it does; 0 from now on. */
export interface Newcomer {
  readonly leaseId: string;
  readonly since: number;
}

/**
 * How many places come before one (before a newcomer, if it has none); not counted beyond `enough`.
 * Places whose owner is gone do not count, as far as 64 places are looked at. Reads only.
 */
export function placesAhead(
  { places, owners }: PlaceQueue,
  { leaseId, since }: Newcomer,
  enough: number,
  nowMs: number,
): number {
  const takenAt = places.get(leaseId) ?? (since > 0 ? since : Number.POSITIVE_INFINITY);
  let alive = 0;
  let seen = 0;
  for (const [place, other] of places) {
    if (other >= takenAt || alive >= enough) return alive;
    seen += 1;
    if (seen > MOST_PLACES_PER_CALL || isAlive(owners, ownerOf(place), nowMs)) alive += 1;
  }
  return alive;
}

/**
 * Renews an owner, and takes the places that it does not have, where they were or, if they are new,
 * behind all others, while there is room. Tells how many of them, from the first, it has.
 */
export function keepPlaces(
  queue: PlaceQueue,
  owner: string,
  kept: { readonly newcomers: readonly Newcomer[]; readonly mostPlaces: number },
  nowMs: number,
): number {
  sweep(queue, nowMs);
  const { places, owners } = queue;
  let count = 0;
  for (const { leaseId, since } of kept.newcomers) {
    if (!places.has(leaseId)) {
      if (places.size >= kept.mostPlaces) break;
      takePlace(places, leaseId, since > 0 ? since : nextMoment(places, nowMs));
    }
    count += 1;
  }
  if (places.size > 0) owners.set(owner, nowMs + PLACE_TTL_MS);
  return count;
}

function nextMoment(places: ReadonlyMap<string, number>, nowMs: number): number {
  return Math.max(Math.round(nowMs * 1_000), newestOf(places) + 1);
}

function newestOf(places: ReadonlyMap<string, number>): number {
  return [...places.values()].at(-1) ?? 0;
}

function takePlace(places: Map<string, number>, leaseId: string, since: number): void {
  const isLast = since > newestOf(places);
  places.set(leaseId, since);
  if (isLast) return;
  const inOrder = [...places].sort(([a, first], [b, second]) => first - second || (a < b ? -1 : 1));
  places.clear();
  for (const [place, takenAt] of inOrder) places.set(place, takenAt);
}

/** The first of all places, if it is one of this owner's that has a number (`owner:number`). */
export function firstPlaceOf({ places }: PlaceQueue, owner: string): string | null {
  for (const first of places.keys()) {
    return ownerOf(first) === owner && NUMBERED.test(first) ? first : null;
  }
  return null;
}

/** Gives places up; harmless when there are none. */
export function leavePlaces({ places }: PlaceQueue, leaseIds: readonly string[]): void {
  for (const leaseId of leaseIds) places.delete(leaseId);
}

/** True when nobody waits any more. */
export function isQueueUntouched({ places, owners }: PlaceQueue, nowMs: number): boolean {
  if (places.size === 0) return true;
  for (const owner of owners.keys()) if (isAlive(owners, owner, nowMs)) return false;
  return true;
}

/** Takes places off whose owner is gone, and owners that are. */
function sweep({ places, owners }: PlaceQueue, nowMs: number): void {
  let seen = 0;
  for (const place of places.keys()) {
    seen += 1;
    if (seen > MOST_PLACES_PER_CALL) break;
    if (!isAlive(owners, ownerOf(place), nowMs)) places.delete(place);
  }
  for (const [owner, endMs] of owners) if (endMs <= nowMs) owners.delete(owner);
}

function isAlive(owners: ReadonlyMap<string, number>, owner: string, nowMs: number): boolean {
  const endMs = owners.get(owner);
  return endMs !== undefined && nowMs < endMs;
}
