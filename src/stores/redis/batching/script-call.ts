import { StoreUnavailableError } from '../../../core/errors/index.js';
import type { FailureOrigin } from '../connection/failures.js';
import { failOperation, type PendingOperation } from './pending-operation.js';
import { readIntegers } from '../protocol/message-pack.js';
import { coalesce, type CoalescedOperations } from './coalesce.js';
import type { ServerClock } from './server-clock.js';

/** The status of an operation: executed, or refused as late. Any other: a key holds foreign data. */
const OK = 0;
const LATE = 1;

/** Why an operation was not executed. */
const TOO_LATE = { kind: 'timeout' } as const;
const WRONG_TYPE = { kind: 'data', failureCode: 'WRONGTYPE' } as const;

/** How often an operation is sent again that was refused as late before its deadline. */
const MAX_DETOURS = 2;

export interface ReplyContext {
  readonly nowMs: number;
  readonly serverClock: ServerClock;
  readonly origin: FailureOrigin;
}

export interface ReplyOutcome {
  /** Whether it holds a decision, in time for its caller or not. */
  readonly isDecided: boolean;
  /** Operations that were not executed and have time left. */
  readonly again: readonly PendingOperation[];
}

/** One call of the script, with the operations of one batch. */
export class ScriptCall {
  /** In the order of the reply. */
  readonly operations: readonly PendingOperation[];
  readonly requests: number;
  readonly sentMs: number;
  /** Whether the server has taken longer than any decision may take. */
  isOverdue = false;
  readonly #coalesced: readonly CoalescedOperations[];

  constructor(operations: readonly PendingOperation[], sentMs: number) {
    this.#coalesced = coalesce(operations);
    this.operations =
      this.#coalesced.length === 1
        ? operations
        : this.#coalesced.flatMap((each) => each.operations);
    this.sentMs = sentMs;
    let requests = 0;
    for (const { operation } of operations) requests += operation.requests;
    this.requests = requests;
  }

  /**
   * The keys and the argument, with deadlines by the server's clock. `nowUs` -1: the server's time.
   * There is one argument, because the client takes longer to write ten of them than the server takes
   * to split one.
   */
  encode(serverClock: ServerClock, nowUs: number): { keys: string[]; argument: string } {
    const keys: string[] = [];
    let argument = String(nowUs);
    for (const { operation, operations, dueMs } of this.#coalesced) {
      const { kind, requests, fields } = operation;
      const dueUs = digitsOf(serverClock.at(dueMs));
      argument += ` ${kind} ${dueUs} ${String(operations.length)} ${String(requests)} ${fields}`;
      for (const pending of operations) for (const key of pending.operation.keys) keys.push(key);
    }
    return { keys, argument };
  }

  /** Settles the operations by their parts of the reply. */
  read(reply: unknown, { nowMs, serverClock, origin }: ReplyContext): ReplyOutcome {
    const integers = readIntegers(reply);
    const [serverUs] = integers;
    if (serverUs === undefined) {
      this.#failAll(new StoreUnavailableError({ ...origin, kind: 'data' }));
      return { isDecided: false, again: [] };
    }
    serverClock.learn(this.sentMs, nowMs, serverUs);
    const again: PendingOperation[] = [];
    let isDecided = false;
    let next = 1;
    for (const pending of this.operations) {
      const status = integers[next];
      next += 1;
      isDecided ||= isDecision(pending);
      if (status === OK) {
        settle(pending, integers, next);
        next += pending.operation.integers;
      } else if (status === LATE && mayRetry(pending, nowMs)) {
        pending.detours += 1;
        again.push(pending);
      } else {
        failOperation(
          pending,
          new StoreUnavailableError({ ...origin, ...(status === LATE ? TOO_LATE : WRONG_TYPE) }),
        );
      }
    }
    return { isDecided, again };
  }

  #failAll(failure: StoreUnavailableError): void {
    for (const pending of this.operations) failOperation(pending, failure);
  }
}

/**
 * A whole number of microseconds as digits. In two parts, because V8 takes several times as long to
 * format a number of more than 31 bits.
 */
function digitsOf(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1_000_000);
  const rest = microseconds - seconds * 1_000_000;
  return seconds === 0 ? String(rest) : `${String(seconds)}${String(1_000_000 + rest).slice(1)}`;
}

function isDecision({ operation: { kind } }: PendingOperation): boolean {
  return kind === 'all' || kind === 'any';
}

/** Passes on a reply, whose part for the operation begins at `start`; the server's time comes first. */
function settle(pending: PendingOperation, integers: readonly number[], start: number): void {
  const isInTime = !pending.isSettled;
  pending.isSettled = true;
  pending.onReply({ integers, start, nowUs: integers[0] ?? 0, isInTime });
}

/** A server whose clock was set refuses operations in time; with this reply its clock is known. */
function mayRetry(pending: PendingOperation, nowMs: number): boolean {
  return !pending.isSettled && pending.dueMs > nowMs && pending.detours < MAX_DETOURS;
}
