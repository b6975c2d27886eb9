import type { Clock } from '../../../core/clock.js';
import { StoreUnavailableError } from '../../../core/errors/index.js';
import { firstWord } from '../connection/classify-error.js';
import { hostOf, type Endpoint } from '../endpoint.js';
import { failOperation, type PendingOperation } from '../batching/pending-operation.js';
import type { Server } from './server.js';
import { readRedirection, type Redirection } from './hash-slots.js';

/** How long an operation waits before it is sent again while its hash slot moves. */
const BETWEEN_SERVERS_MS = 20;

/** How often an operation may be redirected. */
const MAX_REDIRECTIONS = 5;

export interface RedirectOptions {
  readonly storeId: string;
  readonly clock: Clock;
  /** Null: there are as many connections as the ceiling allows. */
  readonly serverAt: (endpoint: Endpoint) => Server | null;
  /** A hash slot has moved to another server. */
  readonly onMoved: (hashSlot: number, server: Server) => void;
  /** The known hash slots may be out of date; `isCluster`: the server is in cluster mode. */
  readonly onDoubt: (isCluster: boolean) => void;
  readonly submit: (pending: PendingOperation) => void;
}

/** Sends operations to another server of the cluster when one redirects them. */
export class Redirects {
  readonly #options: RedirectOptions;

  constructor(options: RedirectOptions) {
    this.#options = options;
  }

  /** Takes the operations of a failed call; false when its error is no redirection. */
  take(operations: readonly PendingOperation[], error: unknown, from: Endpoint): boolean {
    const message = error instanceof Error ? error.message : '';
    const word = firstWord(message);
    if (word === 'TRYAGAIN') {
      for (const pending of operations) this.#split(pending);
      return true;
    }
    if (word === 'CLUSTERDOWN' || word === 'CROSSSLOT') this.#options.onDoubt(word === 'CROSSSLOT');
    const redirection = readRedirection(message, hostOf(from));
    if (redirection === null) return false;
    const target = this.#options.serverAt(redirection.endpoint);
    if (target === null) {
      // A connection may have to be closed first, which the next check of the hash slots does.
      this.#options.onDoubt(true);
      for (const pending of operations) this.#later(pending);
      return true;
    }
    target.open();
    const { kind, hashSlot } = redirection;
    if (kind === 'MOVED') this.#options.onMoved(hashSlot, target);
    for (const pending of operations) this.#send(pending, target, kind);
    return true;
  }

  #send(pending: PendingOperation, target: Server, kind: Redirection['kind']): void {
    pending.detours += 1;
    if (pending.detours > MAX_REDIRECTIONS) {
      failOperation(pending, this.#failure('cluster_down', 'TOO_MANY_REDIRECTIONS'));
    } else if (kind === 'MOVED') {
      target.submit(pending);
    } else if (target.isUp) {
      target.submitAsking(pending);
    } else {
      this.#later(pending);
    }
  }

  /** The keys of the operation are on two servers: splits it into its requests, or sends it later. */
  #split(pending: PendingOperation): void {
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
    const resubmit = (): void => {
      submit(pending);
    };
    clock.schedule(resubmit, BETWEEN_SERVERS_MS, 'awaited');
  }

  #failure(kind: 'cluster_down' | 'timeout', failureCode: string | null): StoreUnavailableError {
    return new StoreUnavailableError({ storeId: this.#options.storeId, kind, failureCode });
  }
}
