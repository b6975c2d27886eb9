import type { HostEndpoint } from '../endpoint.js';

/** How many slots a cluster has. */
export const HASH_SLOTS = 16_384;

/** A range of slots and the primary that has them. */
export interface HashSlotRange {
  readonly first: number;
  readonly last: number;
  readonly primary: HostEndpoint;
}

/**
 * Reads the answer to `CLUSTER SLOTS`. A node that does not know its own address leaves it empty;
 * it is then the host that was asked.
 */
export function readHashSlotRanges(reply: unknown, asked: string): readonly HashSlotRange[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((entry: unknown): HashSlotRange[] => {
    if (!Array.isArray(entry)) return [];
    const [first, last, primary] = entry as unknown[];
    if (!Array.isArray(primary)) return [];
    const [host, port] = primary as unknown[];
    const isRange = isSlot(first) && isSlot(last) && isPort(port);
    return isRange ? [{ first, last, primary: { host: hostOr(host, asked), port } }] : [];
  });
}

/** Where a server sends its caller instead. */
export interface Redirection {
  readonly kind: 'MOVED' | 'ASK';
  readonly slot: number;
  readonly endpoint: HostEndpoint;
}

/** Reads `MOVED 3999 127.0.0.1:6381` and its like; null for everything else. */
export function readRedirection(message: string, asked: string): Redirection | null {
  const match = /^(MOVED|ASK) (\d+) (.*):(\d+)$/.exec(message);
  if (match === null) return null;
  const [, kind, slotText, host, portText] = match;
  const [slot, port] = [Number(slotText), Number(portText)];
  if (!isSlot(slot) || !isPort(port)) return null;
  return {
    kind: kind === 'ASK' ? 'ASK' : 'MOVED',
    slot,
    endpoint: { host: hostOr(host, asked), port },
  };
}

function hostOr(host: unknown, asked: string): string {
  return typeof host === 'string' && host !== '' && host !== '?' ? host : asked;
}

function isSlot(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < HASH_SLOTS;
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= 65_535;
}
