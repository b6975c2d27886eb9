import type { StoreUnavailableError } from '../../../core/errors/index.js';
import { slotLimitOf } from '../../../core/store.js';
import type { BatchMode, StoreRequest, Verdict } from '../../../core/store.js';
import { verdictsOf } from '../protocol/decode-verdicts.js';
import type { Operation } from '../protocol/operation.js';
import type { PendingOperation, Reply } from './pending-operation.js';

/** A decision that is asked for as one step of the script. */
export interface DecideCall {
  readonly batch: readonly StoreRequest[];
  readonly mode: BatchMode;
  readonly timeoutMs: number;
  readonly onReturned: (() => void) | undefined;
  /** Its slot is between two servers. */
  readonly isAlone?: boolean;
}

/** What becomes of a decision that does not end where it was asked for. */
export interface DecisionOwner {
  /** Decides the same, one request at a time. */
  decideApart(asked: DecideCall, dueMs: number): Promise<readonly Verdict[]>;
  /** Hears that a call was sent and that its answer will never come: it may have taken something. */
  lost(asked: DecideCall): void;
  /** Takes back what was granted when the caller had another answer already. */
  releaseLate(asked: DecideCall, verdicts: readonly Verdict[]): void;
}

/** How a caller hears. */
interface Listener {
  readonly resolve: (verdicts: readonly Verdict[] | Promise<readonly Verdict[]>) => void;
  readonly reject: (failure: StoreUnavailableError) => void;
}

/** Where and until when. */
interface Destination {
  readonly slot: number;
  readonly dueMs: number;
}

/** The operation of a decision. A class, because one is made for every decision. */
export class PendingDecision implements PendingOperation {
  readonly operation: Operation;
  readonly hashSlot: number;
  dueMs: number;
  isAlone: boolean;
  isSettled = false;
  detours = 0;
  readonly #asked: DecideCall;
  readonly #owner: DecisionOwner;
  readonly #listener: Listener;

  constructor(
    operation: Operation,
    { slot, dueMs }: Destination,
    asked: DecideCall,
    owner: DecisionOwner,
    listener: Listener,
  ) {
    this.operation = operation;
    this.hashSlot = slot;
    this.dueMs = dueMs;
    this.isAlone = asked.isAlone ?? false;
    this.#asked = asked;
    this.#owner = owner;
    this.#listener = listener;
  }

  /** Only looks are: a repeated call would count twice. */
  get isRepeatable(): boolean {
    return this.#asked.batch.every(({ cost, leaseId }) => cost === 0 && leaseId === null);
  }

  onReply({ integers, start, nowUs, isInTime }: Reply): void {
    const { batch, mode } = this.#asked;
    const verdicts = verdictsOf(batch, mode, integers, start, nowUs);
    if (isInTime) this.#listener.resolve(verdicts);
    else this.#owner.releaseLate(this.#asked, verdicts);
  }

  onFailure(failure: StoreUnavailableError): void {
    this.#listener.reject(failure);
  }

  onLost(): void {
    if (this.#asked.batch.some(({ leaseId }) => leaseId !== null)) this.#owner.lost(this.#asked);
  }

  get onSplit(): (() => void) | null {
    if (!isDivisible(this.#asked)) return null;
    return () => {
      this.#listener.resolve(this.#owner.decideApart(this.#asked, this.dueMs));
    };
  }
}

/** Requests can be asked one by one, and one for a slot without the key of its queue. */
function isDivisible({ batch, isAlone = false }: DecideCall): boolean {
  return batch.length > 1 || (!isAlone && batch.some((request) => slotLimitOf(request) !== null));
}
