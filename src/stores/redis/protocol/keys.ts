import { createHash } from 'node:crypto';
import calculateSlot from 'cluster-key-slot';
import { hashIdentifier } from '../../../identifiers/identifier.js';
import { Memo } from '../../../core/memo.js';
import type { RatePolicy } from '../../../core/policy.js';
import type { Secret } from '../../../core/secret.js';
import type { StateRef } from '../../../core/store.js';
import { COUNTER_LETTERS, counterOf } from './algorithms.js';

/** The layout of the data. Another number means that old and new processes do not share counts. */
const LAYOUT = 'v1';

/** The ends of keys that hold no units: leases, the queue for slots, unsure reservations. */
const [SLOTS, QUEUE, UNSURE] = ['s', 'q', 'u'] as const;

/**
 * The names of keys: `prefix:v1:{hash tag}limiter:content`.
 *
 * The hash tag is a hash of the identifier, so that no key reveals it: an HMAC with the secret, else
 * plain SHA-256, which can be inverted for addresses by trying all of them. All limits of one
 * identifier are therefore in one hash slot of a cluster.
 */
export class KeyNames {
  readonly #prefix: string;
  readonly #hashTags: Memo;

  constructor(prefix: string, secret: Secret | null) {
    this.#prefix = prefix;
    const options = secret === null ? {} : { secret: secret.reveal() };
    this.#hashTags = new Memo((identifier) => hashIdentifier(wellFormed(identifier), options));
  }

  /** The hash of an identifier in every key. 22 characters. */
  hashTagOf(identifier: string): string {
    return this.#hashTags.get(identifier);
  }

  units(limiterId: string, hashTag: string, policy: RatePolicy): string {
    return this.#name(limiterId, hashTag, counterOf(policy).letter);
  }

  slots(limiterId: string, hashTag: string): string {
    return this.#name(limiterId, hashTag, SLOTS);
  }

  /** The queue for slots. */
  queue(limiterId: string, hashTag: string): string {
    return this.#name(limiterId, hashTag, QUEUE);
  }

  /** The reservations that a release has made unsure. The key exists only after such a release. */
  unsure(limiterId: string, hashTag: string): string {
    return this.#name(limiterId, hashTag, UNSURE);
  }

  /** Every key that an identifier may have under a limiter, whatever its policy is or was. */
  all(limiterId: string, hashTag: string): readonly string[] {
    return [...COUNTER_LETTERS, SLOTS, QUEUE, UNSURE].map((content) =>
      this.#name(limiterId, hashTag, content),
    );
  }

  /** The key of a probe. */
  probe(hashTag: string): string {
    return `${this.#prefix}:${LAYOUT}:{${hashTag}}:probe`;
  }

  /** States by hash slot: the keys of each part are in one. */
  byHashSlot<T extends StateRef>(states: readonly T[]): readonly (readonly T[])[] {
    const parts = new Map<number, T[]>();
    for (const state of states) {
      const hashSlot = hashSlotOf(this.hashTagOf(state.identifier));
      const part = parts.get(hashSlot);
      if (part === undefined) parts.set(hashSlot, [state]);
      else part.push(state);
    }
    return [...parts.values()];
  }

  #name(limiterId: string, hashTag: string, content: string): string {
    return `${this.#prefix}:${LAYOUT}:{${hashTag}}${limiterId}:${content}`;
  }
}

/** The hash slot of a key in a cluster. */
export function hashSlotOf(key: string): number {
  return calculateSlot(key);
}

/** The hash slot of keys that share one; 0 without keys. */
export function hashSlotOfKeys([key]: readonly string[]): number {
  return key === undefined ? 0 : hashSlotOf(key);
}

/** A short hash tag in a hash slot that is wanted; null when a long search finds none. */
export function findHashTag(isWanted: (hashSlot: number) => boolean): string | null {
  for (let number = 0; number < 100_000; number++) {
    if (isWanted(hashSlotOf(String(number)))) return String(number);
  }
  return null;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Text with a distinct UTF-8 form. Lone surrogates have none and would all collide, so the code units
 * of such a text are hashed first. (A prefix separates the results from other texts.)
 */
function wellFormed(text: string): string {
  if (!LONE_SURROGATE.test(text)) return text;
  return `\u0000${createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('base64url')}`;
}
