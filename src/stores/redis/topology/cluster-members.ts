import type { Endpoint } from '../endpoint.js';
import type { Server } from './server.js';

/** A server, where it is, and whether its connection was lost and is not back yet. */
export interface Member {
  readonly endpoint: Endpoint;
  readonly server: Server;
  isLost: boolean;
}

/** The servers of a cluster that are connected to, by their addresses. */
export class ClusterMembers extends Map<string, Member> {
  get servers(): readonly Server[] {
    return [...this.values()].map(({ server }) => server);
  }

  get isAnyLost(): boolean {
    return [...this.values()].some(({ isLost }) => isLost);
  }

  get isAnyLeft(): boolean {
    return [...this.values()].some(({ isLost }) => !isLost);
  }

  /** One of those that answer, by chance; undefined when none does. */
  oneUp(): Member | undefined {
    const upright = [...this.values()].filter(({ server }) => server.isUp);
    return upright[Math.floor(Math.random() * upright.length)];
  }

  /** Closes those that have no slots, or none that may be asked for. */
  leaveAllBut(addresses: ReadonlySet<string>): readonly Promise<void>[] {
    const leaving = [...this].filter(([address]) => !addresses.has(address));
    for (const [address] of leaving) this.delete(address);
    return leaving.map(([, { server }]) => server.close());
  }
}
