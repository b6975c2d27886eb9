import { countsUnits, slotLimitOf, type LimiterPolicy } from '../../../core/policy.js';
import type { BatchMode, StoreRequest } from '../../../core/store.js';
import { counterOf, kindOf } from './algorithms.js';
import { replyLengthOf } from './decode-verdicts.js';
import type { KeyNames } from './keys.js';
import { NOTHING, type Operation } from './operation.js';
import { workOf } from './work.js';

/** Whether requests for slots read the queue for them, which is a key of its own. */
export type QueueUse = 'queue' | 'no queue';

/** The part of an operation that does not depend on identifiers. */
type EncodedArguments = Pick<Operation, 'fields' | 'integers' | 'work'>;

/** Encodes a decision on a batch. */
export function encodeDecision(
  requests: readonly StoreRequest[],
  mode: BatchMode,
  names: KeyNames,
  use: QueueUse,
): Operation {
  const keys: string[] = [];
  for (const request of requests) {
    const { limiterId, identifier, policy } = request;
    const hashTag = names.hashTagOf(identifier);
    if (countsUnits(policy)) keys.push(names.units(limiterId, hashTag, policy));
    if (slotLimitOf(request) !== null) {
      keys.push(names.slots(limiterId, hashTag));
      if (use === 'queue') keys.push(names.queue(limiterId, hashTag));
    }
  }
  const { fields, integers, work } = argumentsOf(requests, use);
  return { kind: mode, keys, fields, requests: requests.length, integers, work };
}

/** A node of the cache: the arguments for the policies on the way to it. */
interface CacheNode {
  encoded: EncodedArguments | null;
  readonly next: WeakMap<LimiterPolicy, CacheNode>;
}

/**
 * The arguments of the most common requests: one unit each, now, without slots. Operations with the
 * same arguments share one copy in a call, and equal strings that are one object compare at once.
 */
const cache: CacheNode = { encoded: null, next: new WeakMap() };

function argumentsOf(requests: readonly StoreRequest[], use: QueueUse): EncodedArguments {
  let node = cache;
  for (const request of requests) {
    if (!isCommon(request)) return encodeArguments(requests, use);
    let next = node.next.get(request.policy);
    if (next === undefined) {
      next = { encoded: null, next: new WeakMap() };
      node.next.set(request.policy, next);
    }
    node = next;
  }
  node.encoded ??= encodeArguments(requests, use);
  return node.encoded;
}

function isCommon({ cost, maxWaitMs, leaseId, policy }: StoreRequest): boolean {
  return cost === 1 && maxWaitMs === 0 && leaseId === null && countsUnits(policy);
}

function encodeArguments(requests: readonly StoreRequest[], use: QueueUse): EncodedArguments {
  const fields: (string | number)[] = [];
  let integers = 0;
  let work = 0;
  for (const request of requests) {
    const { policy, cost, maxWaitMs, leaseId, mostPlaces = 0, waitsSince = 0 } = request;
    const slots = slotLimitOf(request);
    integers += replyLengthOf(request);
    work += workOf(request);
    fields.push(kindOf(policy, slots !== null), cost, maxWaitMs);
    if (countsUnits(policy)) fields.push(...counterOf(policy).encode(policy));
    if (slots !== null) {
      fields.push(slots.maxConcurrent, slots.leaseMs, leaseId ?? NOTHING);
      const places = leaseId === null ? 0 : mostPlaces;
      fields.push(use === 'queue' ? places : NOTHING, waitsSince);
    }
  }
  return { fields: fields.join(' '), integers, work };
}
