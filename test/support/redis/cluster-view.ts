import type { RedisServer } from './redis-server.js';

/** A node as `CLUSTER NODES` describes it. */
export interface ClusterNode {
  readonly id: string;
  readonly port: number;
  readonly isSelf: boolean;
  readonly isPrimary: boolean;
  /** Whether the others believe, or at least suspect, that it is gone. */
  readonly isFailing: boolean;
  /** Whether it has been introduced, but is not known yet. */
  readonly isStranger: boolean;
  readonly slots: readonly SlotRange[];
}

/** Slots from the first to the last. */
export type SlotRange = readonly [first: number, last: number];

/** How many there are. */
export const SLOTS = 16_384;

/** How this node sees its cluster. */
export async function view(server: RedisServer): Promise<readonly ClusterNode[]> {
  return parseClusterNodes(String(await server.command('CLUSTER', 'NODES')));
}

/** Whether the node serves the slot. */
export function serves({ slots }: Pick<ClusterNode, 'slots'>, slot: number): boolean {
  return slots.some(([first, last]) => first <= slot && slot <= last);
}

/** How many slots these nodes serve together. */
export function countSlots(nodes: readonly ClusterNode[]): number {
  const ranges = nodes.flatMap(({ slots }) => slots);
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

function parseClusterNodes(text: string): readonly ClusterNode[] {
  return text.trim().split('\n').map(parseNode);
}

/** `id ip:port@bus flags primary ping pong epoch link slots...` */
function parseNode(line: string): ClusterNode {
  const [id = '', address = '', allFlags = '', , , , , , ...ranges] = line.split(' ');
  const flags = allFlags.split(',');
  return {
    id,
    port: Number(/:(\d+)@/.exec(address)?.[1]),
    isSelf: flags.includes('myself'),
    isPrimary: flags.includes('master'),
    isFailing: flags.includes('fail') || flags.includes('fail?'),
    isStranger: flags.includes('handshake') || flags.includes('noaddr'),
    slots: ranges.filter((range) => !range.startsWith('[')).map(parseRange),
  };
}

function parseRange(range: string): SlotRange {
  const [first = NaN, last = first] = range.split('-').map(Number);
  return [first, last];
}
