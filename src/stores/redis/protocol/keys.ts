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
 * The names of keys: `prefix:v1:{tag}limiter:content`.
 *
 * The tag is a hash of the identifier, so that no key tells who was limited: an HMAC when there is a
 * secret, else plain SHA-256, which can be undone for addresses by trying all of them. The braces
 * make it the hash tag of the key: all limits of one caller are in one slot of a cluster.
 */
export class KeyNames {
  readonly #prefix: string;
  readonly #tags: Memo;

  constructor(prefix: string, secret: Secret | null) {
    this.#prefix = prefix;
    const options = secret === null ? {} : { secret: secret.reveal() };
    this.#tags = new Memo((identifier) => hashIdentifier(wellFormed(identifier), options));
  }

  /** The hash that stands for an identifier in every key. 22 characters. */
  hashTagOf(identifier: string): string {
    return this.#tags.get(identifier);
  }

  units(limiterId: string, hashTag: string, policy: RatePolicy): string {
    return this.#name(limiterId, hashTag, counterOf(policy).letter);
  }

  slots(limiterId: string, tag: string): string {
    return this.#name(limiterId, tag, SLOTS);
  }

  /** Those who wait for slots. */
  queue(limiterId: string, tag: string): string {
    return this.#name(limiterId, tag, QUEUE);
  }

  /** Reservations of a token bucket that a return has made unsure. There is one only after such a return. */
  unsure(limiterId: string, tag: string): string {
    return this.#name(limiterId, tag, UNSURE);
  }

  /** Every key that an identifier may have under a limiter, whatever its policy is or was. */
  all(limiterId: string, tag: string): readonly string[] {
    return [...COUNTER_LETTERS, SLOTS, QUEUE, UNSURE].map((content) =>
      this.#name(limiterId, tag, content),
    );
  }

  /** A key that is written only to prove that a server takes writes, in the slot of its tag. */
  probe(tag: string): string {
    return `${this.#prefix}:${LAYOUT}:{${tag}}:probe`;
  }

  /** States in parts, the keys of each of which are in one slot of a cluster. */
  byHashSlot<T extends StateRef>(states: readonly T[]): readonly (readonly T[])[] {
    const parts = new Map<number, T[]>();
    for (const state of states) {
      const slot = hashSlotOf(this.hashTagOf(state.identifier));
      const part = parts.get(slot);
      if (part === undefined) parts.set(slot, [state]);
      else part.push(state);
    }
    return [...parts.values()];
  }

  #name(limiterId: string, tag: string, content: string): string {
    return `${this.#prefix}:${LAYOUT}:{${tag}}${limiterId}:${content}`;
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
 * Text that has a UTF-8 form of its own. Lone surrogates have none and would all look alike, so the
 * code units of such a text are hashed first. (A prefix keeps the results apart from other texts.)
 */
function wellFormed(text: string): string {
  if (!LONE_SURROGATE.test(text)) return text;
  return `\u0000${createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('base64url')}`;
}
