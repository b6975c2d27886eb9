import type { Clock } from '../../../core/clock.js';
import { StoreUnavailableError } from '../../../core/errors/index.js';
import { firstWord } from '../connection/classify-error.js';
import { hostOf, type Endpoint } from '../endpoint.js';
import { failOperation, type PendingOperation } from '../batching/pending-operation.js';
import type { Server } from './server.js';
import { readRedirection } from './hash-slots.js';

/** How long an operation waits before it is sent again to a slot that is between two servers. */
const BETWEEN_SERVERS_MS = 20;

/** How often an operation may be sent from one server to another. */
const MAX_REDIRECTIONS = 5;

/** What redirects need of the cluster. */
export interface RedirectOptions {
  readonly storeId: string;
  readonly clock: Clock;
  /** Null: it may not be connected to, because there are as many connections as there may be. */
  readonly serverAt: (endpoint: Endpoint) => Server | null;
  /** A slot has another server now. */
  readonly onMoved: (slot: number, server: Server) => void;
  /** Who has which slot is not what it was, or it is a cluster although that was not known. */
  readonly onDoubt: (isCluster: boolean) => void;
  readonly submit: (pending: PendingOperation) => void;
}

/** Sends operations to the server that answers for them, when another one said that it does not. */
export class Redirects {
  readonly #options: RedirectOptions;

  constructor(options: RedirectOptions) {
    this.#options = options;
  }

  /** Takes the operations of a failed call; false when its error is about something else. */
  take(operations: readonly PendingOperation[], error: unknown, from: Endpoint): boolean {
    const message = error instanceof Error ? error.message : '';
    const word = firstWord(message);
    if (word === 'TRYAGAIN') {
      for (const pending of operations) this.#apart(pending);
      return true;
    }
    if (word === 'CLUSTERDOWN' || word === 'CROSSSLOT') this.#options.onDoubt(word === 'CROSSSLOT');
    const elsewhere = readRedirection(message, hostOf(from));
    if (elsewhere === null) return false;
    const target = this.#options.serverAt(elsewhere.endpoint);
    if (target === null) {
      // Another server may have to be left first, which shows when the slots are looked at.
      this.#options.onDoubt(true);
      for (const pending of operations) this.#later(pending);
      return true;
    }
    target.open();
    if (elsewhere.kind === 'MOVED') this.#options.onMoved(elsewhere.slot, target);
    for (const pending of operations) this.#send(pending, target, elsewhere.kind === 'ASK');
    return true;
  }

  #send(pending: PendingOperation, target: Server, isAsking: boolean): void {
    pending.detours += 1;
    if (pending.detours > MAX_REDIRECTIONS) {
      failOperation(pending, this.#failure('cluster_down', 'TOO_MANY_REDIRECTIONS'));
    } else if (!isAsking) {
      target.submit(pending);
    } else if (target.isUp) {
      target.submitAsking(pending);
    } else {
      this.#later(pending);
    }
  }

  /** Keys of one slot are on two servers: each request must go by itself, or a little later. */
  #apart(pending: PendingOperation): void {
    if (pending.onSplit === null) {
      this.#later(pending);
      return;
    }
    pending.isSettled = true;
    pending.onSplit();
  }

  #later(pending: PendingOperation): void {
    const { clock, submit } = this.#options;
    if (clock.nowMs() + BETWEEN_SERVERS_MS >= pending.dueMs) {
      failOperation(pending, this.#failure('timeout', null));
      return;
    }
    pending.isAlone = true;
    const again = (): void => {
      submit(pending);
    };
    clock.schedule(again, BETWEEN_SERVERS_MS, 'awaited');
  }

  #failure(kind: 'cluster_down' | 'timeout', failureCode: string | null): StoreUnavailableError {
    return new StoreUnavailableError({ storeId: this.#options.storeId, kind, failureCode });
  }
}
