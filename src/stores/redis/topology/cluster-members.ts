import type { Endpoint } from '../endpoint.js';
import type { Server } from './server.js';

/** A server of a cluster, its endpoint, and whether its connection is lost at the moment. */
export interface Member {
  readonly endpoint: Endpoint;
  readonly server: Server;
  isLost: boolean;
}

/** The servers of a cluster that are connected to, by address. */
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

  /** A random server that is up; undefined when none is. */
  oneUp(): Member | undefined {
    const up = [...this.values()].filter(({ server }) => server.isUp);
    return up[Math.floor(Math.random() * up.length)];
  }

  /** Closes the servers at all other addresses. */
  closeAllBut(addresses: ReadonlySet<string>): readonly Promise<void>[] {
    const leaving = [...this].filter(([address]) => !addresses.has(address));
    for (const [address] of leaving) this.delete(address);
    return leaving.map(([, { server }]) => server.close());
  }
}

/** The ceiling of a store on the servers that it is connected to at once. */
export class ConnectionCeiling {
  readonly #most: number;
  #needed = 0;

  /** `most` null: no ceiling. */
  constructor(most: number | null) {
    this.#most = most ?? Number.POSITIVE_INFINITY;
  }

  /** What the cluster needs, when that exceeds the ceiling; else null. */
  get missing(): string | null {
    return this.holds(this.#needed) ? null : `${String(this.#needed)} primaries`;
  }

  /** Whether this many connections are within the ceiling. */
  holds(count: number): boolean {
    return count <= this.#most;
  }

  /** The needed servers that may be connected to, known ones before others. */
  admit(needed: ReadonlySet<string>, isKnown: (address: string) => boolean): ReadonlySet<string> {
    this.#needed = needed.size;
    if (needed.size <= this.#most) return needed;
    const known = [...needed].filter(isKnown);
    return new Set([...new Set([...known, ...needed])].slice(0, this.#most));
  }
}
