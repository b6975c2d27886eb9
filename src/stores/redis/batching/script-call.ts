import { StoreUnavailableError } from '../../../core/errors/index.js';
import type { FailureOrigin } from '../connection/failures.js';
import { failOperation, type PendingOperation } from './pending-operation.js';
import { readIntegers } from '../protocol/message-pack.js';
import { coalesce, type CoalescedOperations } from './coalesce.js';
import type { ServerClock } from './server-clock.js';

/** What the script says of an operation: done, refused because it came late, or not our data. */
const OK = 0;
const LATE = 1;

/** Why an operation was not done. */
const TOO_LATE = { kind: 'timeout' } as const;
const WRONG_TYPE = { kind: 'data', failureCode: 'WRONGTYPE' } as const;

/** How often an operation may be sent again that a server refused as late while there was time left. */
const MAX_DETOURS = 2;

/** What a reply is read with. */
export interface ReplyContext {
  readonly nowMs: number;
  readonly serverClock: ServerClock;
  readonly origin: FailureOrigin;
}

/** What came of a reply. */
export interface ReplyOutcome {
  /** It holds a decision, in time for a caller or not. */
  readonly isDecided: boolean;
  /** Groups that were not executed and have time left. */
  readonly again: readonly PendingOperation[];
}

/** One call of the script, which carries operations that were asked for together. */
export class ScriptCall {
  /** In the order of the reply. */
  readonly operations: readonly PendingOperation[];
  readonly requests: number;
  readonly sentMs: number;
  /** True once the server has taken longer than any decision may. */
  isOverdue = false;
  readonly #runs: readonly CoalescedOperations[];

  constructor(operations: readonly PendingOperation[], sentMs: number) {
    this.#runs = coalesce(operations);
    this.operations =
      this.#runs.length === 1 ? operations : this.#runs.flatMap((run) => run.operations);
    this.sentMs = sentMs;
    let requests = 0;
    for (const { operation } of operations) requests += operation.requests;
    this.requests = requests;
  }

  /**
   * The keys and the words, with deadlines by the server's clock. `nowUs` is -1 for its time. Words
   * are one argument: the client works on each by itself, and needs longer for ten than a server does
   * to take one apart.
   */
  encode(serverClock: ServerClock, nowUs: number): { keys: string[]; words: string } {
    const keys: string[] = [];
    let words = String(nowUs);
    for (const { operation, operations, dueMs } of this.#runs) {
      const { kind, requests, fields } = operation;
      const dueUs = digitsOf(serverClock.at(dueMs));
      words += ` ${kind} ${dueUs} ${String(operations.length)} ${String(requests)} ${fields}`;
      for (const pending of operations) for (const key of pending.operation.keys) keys.push(key);
    }
    return { keys, words };
  }

  /** Settles the operations with their parts of the reply. */
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
      } else if (status === LATE && mayGoAgain(pending, nowMs)) {
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
 * A whole number of microseconds as digits. In two parts, because for numbers of more than 31 bits V8
 * takes a way that is several times as long.
 */
function digitsOf(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1_000_000);
  const rest = microseconds - seconds * 1_000_000;
  return seconds === 0 ? String(rest) : `${String(seconds)}${String(1_000_000 + rest).slice(1)}`;
}

function isDecision({ operation: { kind } }: PendingOperation): boolean {
  return kind === 'all' || kind === 'any';
}

/** The answer of an operation, which begins at `start`. The reply begins with the server's time. */
function settle(pending: PendingOperation, integers: readonly number[], start: number): void {
  const isInTime = !pending.isSettled;
  pending.isSettled = true;
  pending.onReply({ integers, start, nowUs: integers[0] ?? 0, isInTime });
}

/** A server whose clock was set refuses what is in time; by now its clock is known. */
function mayGoAgain(pending: PendingOperation, nowMs: number): boolean {
  return !pending.isSettled && pending.dueMs > nowMs && pending.detours < MAX_DETOURS;
}
