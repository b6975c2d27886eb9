const NOTHING: readonly number[] = [];

/** The state of reading: where the next integer begins, and whether all so far were integers. */
interface Reader {
  readonly bytes: Buffer;
  at: number;
  isSound: boolean;
}

/**
 * The integers of a reply, an array in MessagePack; empty for anything else.
 *
 * One string of bytes costs the client less to read than an array of RESP integers, each of which it
 * parses by itself. Source: the specification of MessagePack, of which `cmsgpack.pack` writes
 * arrays and the shortest form of each integer. Beyond 2^53 they are not exact.
 */
export function readIntegers(reply: unknown): readonly number[] {
  if (!Buffer.isBuffer(reply)) return NOTHING;
  const reader: Reader = { bytes: reply, at: 0, isSound: true };
  const count = countOf(reader);
  if (count > reply.length) return NOTHING;
  const integers: number[] = [];
  while (integers.length < count && reader.isSound) integers.push(nextInteger(reader));
  return reader.isSound && reader.at === reply.length ? integers : NOTHING;
}

function countOf(reader: Reader): number {
  const head = take(reader, 1);
  if (head >= 0x90 && head < 0xa0) return head - 0x90;
  if (head === 0xdc) return take(reader, 2);
  if (head === 0xdd) return take(reader, 4);
  reader.isSound = false;
  return 0;
}

function nextInteger(reader: Reader): number {
  const head = take(reader, 1);
  if (head < 0x80) return head;
  if (head >= 0xe0) return head - 0x1_00;
  if (head >= 0xcc && head <= 0xcf) return take(reader, 2 ** (head - 0xcc));
  if (head >= 0xd0 && head <= 0xd3) return takeSigned(reader, 2 ** (head - 0xd0));
  reader.isSound = false;
  return 0;
}

/** The next bytes as a big-endian number. */
function take(reader: Reader, length: number): number {
  const end = reader.at + length;
  if (end > reader.bytes.length) {
    reader.isSound = false;
    return 0;
  }
  let value = 0;
  for (; reader.at < end; reader.at++) value = value * 0x1_00 + (reader.bytes[reader.at] ?? 0);
  return value;
}

function takeSigned(reader: Reader, length: number): number {
  const value = take(reader, length);
  const bound = 2 ** (8 * length);
  return value < bound / 2 ? value : value - bound;
}
