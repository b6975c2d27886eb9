import type { StoreUnavailableError } from '../../../core/errors/index.js';
import { slotLimitOf } from '../../../core/policy.js';
import type { BatchMode, StoreRequest, Verdict } from '../../../core/store.js';
import { verdictsOf } from '../protocol/decode-verdicts.js';
import type { Operation } from '../protocol/operation.js';
import type { PendingOperation, Reply } from './pending-operation.js';

/** A decision that the script makes in one step. */
export interface DecideCall {
  readonly batch: readonly StoreRequest[];
  readonly mode: BatchMode;
  readonly timeoutMs: number;
  readonly onReleased: (() => void) | undefined;
  /** Whether it needs a call of its own, without the key of the queue: its hash slot moves. */
  readonly isAlone?: boolean;
}

/** The store, for decisions that do not end with a reply in time. */
export interface DecisionOwner {
  /** Decides the same, one request at a time. */
  decideApart(call: DecideCall, dueMs: number): Promise<readonly Verdict[]>;
  /** The reply was lost with the connection: the decision may have taken slots. */
  lost(call: DecideCall): void;
  /** Releases what was granted after the decision had been settled. */
  releaseLate(call: DecideCall, verdicts: readonly Verdict[]): void;
}

/** How a promise is settled. */
interface Settle {
  readonly resolve: (verdicts: readonly Verdict[] | Promise<readonly Verdict[]>) => void;
  readonly reject: (failure: StoreUnavailableError) => void;
}

interface Destination {
  readonly hashSlot: number;
  readonly dueMs: number;
}

/** The operation of a decision. A class, because each decision creates one. */
export class PendingDecision implements PendingOperation {
  readonly operation: Operation;
  readonly hashSlot: number;
  dueMs: number;
  isAlone: boolean;
  isSettled = false;
  detours = 0;
  readonly #call: DecideCall;
  readonly #owner: DecisionOwner;
  readonly #settle: Settle;

  constructor(
    operation: Operation,
    { hashSlot, dueMs }: Destination,
    call: DecideCall,
    owner: DecisionOwner,
    settle: Settle,
  ) {
    this.operation = operation;
    this.hashSlot = hashSlot;
    this.dueMs = dueMs;
    this.isAlone = call.isAlone ?? false;
    this.#call = call;
    this.#owner = owner;
    this.#settle = settle;
  }

  /** Only a peek is repeatable: any other call would count twice. */
  get isRepeatable(): boolean {
    return this.#call.batch.every(({ cost, leaseId }) => cost === 0 && leaseId === null);
  }

  onReply({ integers, start, nowUs, isInTime }: Reply): void {
    const { batch, mode } = this.#call;
    const verdicts = verdictsOf(batch, mode, integers, start, nowUs);
    if (isInTime) this.#settle.resolve(verdicts);
    else this.#owner.releaseLate(this.#call, verdicts);
  }

  onFailure(failure: StoreUnavailableError): void {
    this.#settle.reject(failure);
  }

  onLost(): void {
    if (this.#call.batch.some(({ leaseId }) => leaseId !== null)) this.#owner.lost(this.#call);
  }

  get onSplit(): (() => void) | null {
    if (!isDivisible(this.#call)) return null;
    return () => {
      this.#settle.resolve(this.#owner.decideApart(this.#call, this.dueMs));
    };
  }
}

/** Several requests can be decided one by one, and one for a slot without the key of the queue. */
function isDivisible({ batch, isAlone = false }: DecideCall): boolean {
  return batch.length > 1 || (!isAlone && batch.some((request) => slotLimitOf(request) !== null));
}
