const HEADER = 24;
const SLOT = 5;
const EPOCH_MS = 1_577_836_800_000;

/** The log of a window, as it is stored. */
export interface WindowState {
  /** How many slots there are; the log goes around their end. */
  readonly capacity: number;
  readonly first: number;
  readonly writtenMs: number;
  readonly driftMs: number;
  /** Oldest first. */
  readonly moments: readonly number[];
}

/** Reads a state by the description in `window-log.lua`. */
export function readWindow(bytes: Buffer): WindowState {
  const [capacity, size, first] = [0, 4, 8].map((offset) => bytes.readUInt32BE(offset));
  if (bytes.length !== HEADER + capacity! * SLOT) throw new Error('the length does not match');
  const slots = Array.from({ length: size! }, (_, position) => (first! + position) % capacity!);
  return {
    capacity: capacity!,
    first: first!,
    writtenMs: bytes.readUIntBE(12, 6),
    driftMs: bytes.readUIntBE(18, 6),
    moments: slots.map((slot) => bytes.readUIntBE(HEADER + slot * SLOT, SLOT) + EPOCH_MS),
  };
}

/** What a header may say. */
export interface WindowHeader {
  readonly capacity: number;
  readonly size: number;
  readonly first?: number;
}

/** Writes a state of our form, that has so many slots whatever its header says. */
export function makeWindow({ capacity, size, first = 0 }: WindowHeader, slots: number): Buffer {
  const bytes = Buffer.alloc(HEADER + slots * SLOT);
  [capacity, size, first].forEach((number, index) => bytes.writeUInt32BE(number, index * 4));
  return bytes;
}
