import { worstCircuit, type NodeStatus, type StoreStatus } from '../../../core/store-status.js';
import { hello, type Hello } from '../connection/hello.js';
import type { PreparedServer } from './server-options.js';

/** The status of a store by its servers. `isCovered`: every key has a server. */
export function statusOf(nodes: readonly NodeStatus[], isCovered: boolean): StoreStatus {
  const isUp = isCovered && nodes.every(({ failure }) => failure === null);
  return { isUp, circuit: worstCircuit(nodes.map(({ circuit }) => circuit)), nodes };
}

/** Sends `HELLO` to a server and records its role. */
export async function sayHelloAndRecord(server: PreparedServer): Promise<Hello> {
  const reply = await hello((command) => server.command(command));
  server.role = reply.role;
  return reply;
}
