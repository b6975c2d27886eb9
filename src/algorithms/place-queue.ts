/** The TTL of the places of an owner, from their last renewal, in milliseconds. */
export const PLACE_TTL_MS = 50;

/** The time within which the first place takes a free slot, in milliseconds. */
export const PLACE_POLL_MS = 25;

/** The most places that one call takes, renews or reads. */
export const MOST_PLACES_PER_CALL = 64;

const NUMBERED = /:[0-9a-z]+$/;

/**
 * The queue for slots of one identifier, first come, first served. A place is the id of the lease that
 * its request waits for; an owner (the part before the first colon) renews all its places at once.
 */
export interface PlaceQueue {
  /** The moment in microseconds at which each place was taken, in ascending order. */
  readonly places: Map<string, number>;
  /** When the places of each owner expire, in milliseconds. */
  readonly owners: Map<string, number>;
}

export function newPlaceQueue(): PlaceQueue {
  return { places: new Map(), owners: new Map() };
}

/** The owner of a place. */
export function ownerOf(leaseId: string): string {
  const end = leaseId.indexOf(':');
  return end === -1 ? leaseId : leaseId.slice(0, end);
}

/** A request that may wait: its lease, and the beginning of its wait; 0 for a new one. */
export interface WaitingRequest {
  readonly leaseId: string;
  readonly since: number;
}

/**
 * The number of places ahead of a request; ahead of a new one, if it has no place. Not counted beyond
 * `enough`. Expired places do not count, among the first 64. Reads only.
 */
export function placesAhead(
  { places, owners }: PlaceQueue,
  { leaseId, since }: WaitingRequest,
  enough: number,
  nowMs: number,
): number {
  const takenAt = places.get(leaseId) ?? (since > 0 ? since : Number.POSITIVE_INFINITY);
  let alive = 0;
  let visited = 0;
  for (const [place, other] of places) {
    if (other >= takenAt || alive >= enough) return alive;
    visited += 1;
    if (visited > MOST_PLACES_PER_CALL || isAlive(owners, ownerOf(place), nowMs)) alive += 1;
  }
  return alive;
}

/**
 * Renews an owner. Restores its lost places to their positions and appends new ones, until the queue is
 * full. Returns how many of the places, from the first, are in the queue.
 */
export function keepPlaces(
  queue: PlaceQueue,
  owner: string,
  kept: { readonly requests: readonly WaitingRequest[]; readonly mostPlaces: number },
  nowMs: number,
): number {
  sweep(queue, nowMs);
  const { places, owners } = queue;
  let count = 0;
  for (const { leaseId, since } of kept.requests) {
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

/** The first place, if it belongs to this owner and has a number (`owner:number`); else null. */
export function firstPlaceOf({ places }: PlaceQueue, owner: string): string | null {
  for (const first of places.keys()) {
    return ownerOf(first) === owner && NUMBERED.test(first) ? first : null;
  }
  return null;
}

/** Removes places; unknown ones are ignored. */
export function leavePlaces({ places }: PlaceQueue, leaseIds: readonly string[]): void {
  for (const leaseId of leaseIds) places.delete(leaseId);
}

/** True when no request waits any more. */
export function isQueueUntouched({ places, owners }: PlaceQueue, nowMs: number): boolean {
  if (places.size === 0) return true;
  for (const owner of owners.keys()) if (isAlive(owners, owner, nowMs)) return false;
  return true;
}

/** Removes expired places and owners. */
function sweep({ places, owners }: PlaceQueue, nowMs: number): void {
  let visited = 0;
  for (const place of places.keys()) {
    visited += 1;
    if (visited > MOST_PLACES_PER_CALL) break;
    if (!isAlive(owners, ownerOf(place), nowMs)) places.delete(place);
  }
  for (const [owner, endMs] of owners) if (endMs <= nowMs) owners.delete(owner);
}

function isAlive(owners: ReadonlyMap<string, number>, owner: string, nowMs: number): boolean {
  const endMs = owners.get(owner);
  return endMs !== undefined && nowMs < endMs;
}
