/**
 * Bytes in Redis for the state of one identifier: the `MEMORY USAGE` of its key, plus its share of
 * the server's tables. For Redis 7.0 on Linux with jemalloc's usual sizes; other builds and versions
 * differ by a few bytes.
 *
 * Source: `object.c`, `dict.h`, `t_zset.c` and `listpack.c` of Redis 7.0, and jemalloc's size classes.
 */

/** A `robj`, and an entry of a hash table. */
const OBJECT = 16;
const TABLE_ENTRY = 24;
const POINTER = 8;

/** Strings up to this length share an allocation with their object. */
const EMBEDDED = 44;

/** The log of a window: see lua/window-log.lua. */
const LOG = { header: 24, position: 5, small: 256 };

/** Sorted sets up to this size are one listpack. */
const LISTPACK_ENTRIES = 128;

/** A member of a sorted set of leases: the id of the process, a number, and the end as the score. */
const LEASE_ID = 40;
const LISTPACK = { header: 7, score: 19, around: 2 };

/** An entry of a larger sorted set: its string, its table entries and its skip list node. */
const SKIPLIST_ENTRY = 150;

/** The size class of jemalloc for an allocation. */
export function allocated(bytes: number): number {
  if (bytes <= 128) return Math.ceil(bytes / 16) * 16;
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 2);
  return Math.ceil(bytes / step) * step;
}

/** An SDS string with its header and terminator. */
function sds(length: number): number {
  if (length < 32) return allocated(length + 2);
  if (length < 256) return allocated(length + 4);
  return allocated(length + (length < 65_536 ? 6 : 10));
}

function value(length: number): number {
  return length <= EMBEDDED ? allocated(OBJECT + length + 4) : OBJECT + sds(length);
}

/** A key with its entries in the tables of keys and of expiry times. */
function key(length: number): number {
  return sds(length) + 2 * allocated(TABLE_ENTRY);
}

/** The state of a token bucket: digits, stored as an integer. */
export function bucketBytes(keyLength: number): number {
  return key(keyLength) + OBJECT;
}

/** The log of a window of `limit` that holds `units`. */
export function windowBytes(keyLength: number, units: number, limit: number): number {
  const positions = capacityFor(Math.max(1, Math.ceil(units)), limit);
  return key(keyLength) + value(LOG.header + positions * LOG.position);
}

/** The log grows to its exact size while small, and doubles afterwards. */
function capacityFor(units: number, limit: number): number {
  if (units <= LOG.small) return units;
  let capacity = LOG.small;
  while (capacity < units) capacity = 2 * (capacity + 1);
  return Math.min(capacity, limit);
}

/** The sorted set of an identifier that holds `leases` slots. */
export function slotsBytes(keyLength: number, leases: number): number {
  const count = Math.max(1, Math.ceil(leases));
  const entries =
    count <= LISTPACK_ENTRIES
      ? allocated(LISTPACK.header + count * (LEASE_ID + LISTPACK.around + LISTPACK.score))
      : count * SKIPLIST_ENTRY;
  return key(keyLength) + OBJECT + entries;
}

/** The tables of `keys` keys and of their expiry times, which double when full. */
export function tableBytes(keys: number): number {
  return keys === 0 ? 0 : 2 * POINTER * 2 ** Math.ceil(Math.log2(Math.max(4, keys)));
}
