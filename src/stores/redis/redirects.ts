import type { Clock } from '../../core/clock.js';
import { StoreUnavailableError } from '../../core/errors.js';
import { firstWord } from './classify-error.js';
import { hostOf, type Endpoint } from './endpoint.js';
import { failGroup, type Group } from './group.js';
import type { Server } from './server.js';
import { readRedirection } from './slot-map.js';

/** How long a group waits before it is sent again to a slot that is between two servers. */
const BETWEEN_SERVERS_MS = 20;

/** How often a group may be sent from one server to another. */
const MAX_REDIRECTIONS = 5;

/** What redirects need of the cluster. */
export interface RedirectParts {
  readonly storeId: string;
  readonly clock: Clock;
  /** Null: it may not be connected to, because there are as many connections as there may be. */
  readonly serverAt: (endpoint: Endpoint) => Server | null;
  /** A slot has another server now. */
  readonly onMoved: (slot: number, server: Server) => void;
  /** Who has which slot is not what it was, or it is a cluster although that was not known. */
  readonly onDoubt: (isCluster: boolean) => void;
  readonly submit: (group: Group) => void;
}

/** Sends groups to the server that answers for them, when another one said that it does not. */
export class Redirects {
  readonly #parts: RedirectParts;

  constructor(parts: RedirectParts) {
    this.#parts = parts;
  }

  /** Takes the groups of a failed call; false when its error is about something else. */
  take(groups: readonly Group[], error: unknown, from: Endpoint): boolean {
    const message = error instanceof Error ? error.message : '';
    const word = firstWord(message);
    if (word === 'TRYAGAIN') {
      for (const group of groups) this.#apart(group);
      return true;
    }
    if (word === 'CLUSTERDOWN' || word === 'CROSSSLOT') this.#parts.onDoubt(word === 'CROSSSLOT');
    const elsewhere = readRedirection(message, hostOf(from));
    if (elsewhere === null) return false;
    const target = this.#parts.serverAt(elsewhere.endpoint);
    if (target === null) {
      // Another server may have to be left first, which shows when the slots are looked at.
      this.#parts.onDoubt(true);
      for (const group of groups) this.#later(group);
      return true;
    }
    target.open();
    if (elsewhere.kind === 'MOVED') this.#parts.onMoved(elsewhere.slot, target);
    for (const group of groups) this.#send(group, target, elsewhere.kind === 'ASK');
    return true;
  }

  #send(group: Group, target: Server, isAsking: boolean): void {
    group.detours += 1;
    if (group.detours > MAX_REDIRECTIONS) {
      failGroup(group, this.#failure('cluster_down', 'TOO_MANY_REDIRECTIONS'));
    } else if (!isAsking) {
      target.submit(group);
    } else if (target.isUp) {
      target.submitAsking(group);
    } else {
      this.#later(group);
    }
  }

  /** Keys of one slot are on two servers: each request must go by itself, or a little later. */
  #apart(group: Group): void {
    if (group.onSplit === null) {
      this.#later(group);
      return;
    }
    group.isSettled = true;
    group.onSplit();
  }

  #later(group: Group): void {
    const { clock, submit } = this.#parts;
    if (clock.nowMs() + BETWEEN_SERVERS_MS >= group.dueMs) {
      failGroup(group, this.#failure('timeout', null));
      return;
    }
    group.isAlone = true;
    const again = (): void => {
      submit(group);
    };
    clock.schedule(again, BETWEEN_SERVERS_MS, 'awaited');
  }

  #failure(kind: 'cluster_down' | 'timeout', code: string | null): StoreUnavailableError {
    return new StoreUnavailableError({ store: this.#parts.storeId, kind, code });
  }
}
