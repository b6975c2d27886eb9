/**
 * How many bytes Redis needs for the state of one caller: what `MEMORY USAGE` tells, plus the part
 * of the server's tables that it leaves out. Redis 7.0 on Linux with jemalloc's usual sizes; a build
 * with other ones, or another version, is a few bytes off.
 *
 * Source: `object.c`, `dict.h`, `t_zset.c` and `listpack.c` of Redis 7.0, and jemalloc's size classes.
 */

/** A `robj`, and an entry of a table. */
const OBJECT = 16;
const TABLE_ENTRY = 24;
const POINTER = 8;

/** A string that is not longer than this shares its allocation with its object. */
const EMBEDDED = 44;

/** The log of a window: see lua/window-log.lua. */
const LOG = { header: 24, moment: 5, small: 256 };

/** A sorted set is one text up to here. */
const LISTPACK_ENTRIES = 128;

/** A lease as a text: the id of its process, its number, and when it ends. */
const LEASE_ID = 40;
const LISTPACK = { header: 7, score: 19, around: 2 };

/** What a sorted set beyond that needs for each entry: its text, two entries of tables, a node. */
const SKIPLIST_ENTRY = 150;

/** What jemalloc hands out when `bytes` are asked for. */
export function allocated(bytes: number): number {
  if (bytes <= 128) return Math.ceil(bytes / 16) * 16;
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 2);
  return Math.ceil(bytes / step) * step;
}

/** A string of Redis with its own header and end. */
function text(length: number): number {
  if (length < 32) return allocated(length + 2);
  if (length < 256) return allocated(length + 4);
  return allocated(length + (length < 65_536 ? 6 : 10));
}

function value(length: number): number {
  return length <= EMBEDDED ? allocated(OBJECT + length + 4) : OBJECT + text(length);
}

/** A key with its entries in the table of keys and in that of expiry times. */
function key(length: number): number {
  return text(length) + 2 * allocated(TABLE_ENTRY);
}

/** The state of a token bucket: digits, which Redis keeps as a number. */
export function bucketBytes(keyLength: number): number {
  return key(keyLength) + OBJECT;
}

/** The state of a window of `limit` that remembers `units`. */
export function windowBytes(keyLength: number, units: number, limit: number): number {
  const moments = capacityFor(Math.max(1, Math.ceil(units)), limit);
  return key(keyLength) + value(LOG.header + moments * LOG.moment);
}

/** A log beyond the small ones has room for twice as much as it had when it was full. */
function capacityFor(units: number, limit: number): number {
  if (units <= LOG.small) return units;
  let capacity = LOG.small;
  while (capacity < units) capacity = 2 * (capacity + 1);
  return Math.min(capacity, limit);
}

/** The slots that a caller holds. */
export function slotsBytes(keyLength: number, leases: number): number {
  const count = Math.max(1, Math.ceil(leases));
  const entries =
    count <= LISTPACK_ENTRIES
      ? allocated(LISTPACK.header + count * (LEASE_ID + LISTPACK.around + LISTPACK.score))
      : count * SKIPLIST_ENTRY;
  return key(keyLength) + OBJECT + entries;
}

/** The two tables that find `keys` keys and their expiry times. They double when they are full. */
export function tableBytes(keys: number): number {
  return keys === 0 ? 0 : 2 * POINTER * 2 ** Math.ceil(Math.log2(Math.max(4, keys)));
}
