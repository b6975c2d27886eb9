import { worstCircuit } from '../../../core/store-status.js';
import type { NodeStatus, StoreStatus } from '../../../core/store-status.js';
import { hello, type Hello } from '../connection/hello.js';
import type { Server } from './server.js';
import type { PreparedServer } from './server-options.js';

/** Why nothing can be asked about a slot that no server has. */
export const UNCOVERED = ['cluster_down', 'UNCOVERED_SLOT'] as const;

/** A store as the sum of its servers. `isCovered`: no key is without a server. */
export function statusOf(nodes: readonly NodeStatus[], isCovered: boolean): StoreStatus {
  const isUp = isCovered && nodes.every(({ failure }) => failure === null);
  return { isUp, circuit: worstCircuit(nodes.map(({ circuit }) => circuit)), nodes };
}

/** A cluster by the servers of its slots; before those are known, by all that it may ask. */
export function statusOfHashSlots(
  slots: readonly (Server | undefined)[],
  servers: readonly Server[],
): StoreStatus {
  const isCovered = slots.length > 0 && !slots.includes(undefined);
  const asked = isCovered ? [...new Set(slots)] : servers;
  return statusOf(
    asked.flatMap((server) => server?.status ?? []),
    isCovered,
  );
}

/** Asks a server what it is, and notes its role. */
export async function sayHelloAndRecord(server: PreparedServer): Promise<Hello> {
  const greeting = await hello((command) => server.command(command));
  server.role = greeting.role;
  return greeting;
}
