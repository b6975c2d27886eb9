import type { HostEndpoint } from '../endpoint.js';

/** The number of hash slots of a cluster. */
export const HASH_SLOTS = 16_384;

/** A range of hash slots and the primary that serves them. */
export interface HashSlotRange {
  readonly first: number;
  readonly last: number;
  readonly primary: HostEndpoint;
}

/**
 * Reads the reply to `CLUSTER SLOTS`. A node that does not know its own address leaves it empty: it
 * is then the host that the command was sent to.
 */
export function readHashSlotRanges(reply: unknown, host: string): readonly HashSlotRange[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((entry: unknown): HashSlotRange[] => {
    if (!Array.isArray(entry)) return [];
    const [first, last, primary] = entry as unknown[];
    if (!Array.isArray(primary)) return [];
    const [name, port] = primary as unknown[];
    const isRange = isHashSlot(first) && isHashSlot(last) && isPort(port);
    return isRange ? [{ first, last, primary: { host: hostOr(name, host), port } }] : [];
  });
}

/** A redirection to another server of a cluster. */
export interface Redirection {
  readonly kind: 'MOVED' | 'ASK';
  readonly hashSlot: number;
  readonly endpoint: HostEndpoint;
}

/** Reads `MOVED 3999 127.0.0.1:6381` or `ASK …`; null for everything else. */
export function readRedirection(message: string, host: string): Redirection | null {
  const match = /^(MOVED|ASK) (\d+) (.*):(\d+)$/.exec(message);
  if (match === null) return null;
  const [, kind, hashSlotText, name, portText] = match;
  const [hashSlot, port] = [Number(hashSlotText), Number(portText)];
  if (!isHashSlot(hashSlot) || !isPort(port)) return null;
  return {
    kind: kind === 'ASK' ? 'ASK' : 'MOVED',
    hashSlot,
    endpoint: { host: hostOr(name, host), port },
  };
}

function hostOr(name: unknown, host: string): string {
  return typeof name === 'string' && name !== '' && name !== '?' ? name : host;
}

function isHashSlot(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < HASH_SLOTS;
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= 65_535;
}
