import { countsUnits } from '../../../core/policy.js';
import type { Grant, LeaseRef, StateRef } from '../../../core/store.js';
import { counterOf, kindOf } from './algorithms.js';
import type { KeyNames } from './keys.js';
import { NOTHING, type Operation } from './operation.js';
import { releaseWorkOf } from './work.js';

/**
 * Encodes the release of grants. While a hash slot moves, the units and the unsure reservations of an
 * identifier may be on two servers: `release_moving` leaves the latter out and takes back fewer
 * reservations.
 */
export function encodeRelease(
  grants: readonly Grant[],
  names: KeyNames,
  operation: 'release' | 'release_moving' = 'release',
): Operation {
  const keys: string[] = [];
  const fields: (string | number)[] = [];
  let requests = 0;
  let work = 0;
  for (const grant of grants) {
    const { limiterId, identifier, policy, cost, reservation, leaseId } = grant;
    const hashTag = names.hashTagOf(identifier);
    const units = cost > 0 && countsUnits(policy) ? policy : null;
    if (units === null && leaseId === null) continue;
    requests += 1;
    work += releaseWorkOf(grant);
    fields.push(kindOf(units, leaseId !== null), cost, reservation ?? NOTHING);
    if (units !== null) {
      const counter = counterOf(units);
      keys.push(names.units(limiterId, hashTag, units));
      const hasUnsureKey = counter.hasUnsureKey && operation === 'release';
      if (hasUnsureKey) keys.push(names.unsure(limiterId, hashTag));
      fields.push(...counter.encode(units));
    }
    if (leaseId !== null) {
      keys.push(names.slots(limiterId, hashTag));
      fields.push(leaseId);
    }
  }
  return { kind: operation, keys, fields: fields.join(' '), requests, integers: 0, work };
}

/** Encodes the renewal of a lease. */
export function encodeRenewal(
  { limiterId, identifier, leaseId, leaseMs }: LeaseRef,
  names: KeyNames,
): Operation {
  const keys = [names.slots(limiterId, names.hashTagOf(identifier))];
  const fields = `${String(leaseMs)} ${leaseId}`;
  return { kind: 'renew', keys, fields, requests: 1, integers: 1, work: 1 };
}

/**
 * Encodes the deletion of all state of an identifier under a limiter, one operation per key: while a
 * hash slot moves, its keys may be on two servers.
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
 * Encodes a probe, which writes an empty key with the hash tag. Without a hash tag it checks only
 * that the server replies: a server of a cluster may have no hash slot yet.
 */
export function encodeProbe(names: KeyNames, hashTag: string | null): Operation {
  const keys = hashTag === null ? [] : [names.probe(hashTag)];
  return { kind: 'probe', keys, fields: '', requests: keys.length, integers: 0, work: 1 };
}
