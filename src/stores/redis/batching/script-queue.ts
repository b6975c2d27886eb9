import { DeadlineTimer } from '../../../resilience/deadline-timer.js';
import { failOverloaded, type PendingOperation } from './pending-operation.js';
import { byHashSlot, endOfCall, isWorthACall } from './call-sizing.js';
import { CallsInFlight } from './calls-in-flight.js';
import type { ScriptQueueOptions } from './script-queue-options.js';
import { ScriptCall } from './script-call.js';
import { WaitingOperations } from './waiting-operations.js';

/** A turn of the event loop that takes longer is a stall of this process, not of the server. */
const STALL_MS = 5;

/** The most operations that wait for their turn; more fail at once, so that memory is bounded. */
const MAX_WAITING = 10_000;

/**
 * The way to one server: what is asked for in the same turn of the event loop travels in one call
 * of the script, and a lone question is not held back for company. In a busy turn a call leaves as
 * soon as it is worth it, so that the server works while this process fills the next one.
 *
 * At most `maxInFlight` calls are on their way; further operations wait and join the next call. Every
 * operation is settled by its deadline, whether its call was sent or not.
 */
export class ScriptQueue {
  readonly #options: ScriptQueueOptions;
  readonly #calls = new CallsInFlight();
  readonly #timer: DeadlineTimer;
  readonly #waiting = new WaitingOperations();
  #isFlushDue = false;
  #plannedAtMs = 0;
  #isPaused = true;
  #pausedAtMs: number;
  #onIdle: (() => void) | null = null;

  constructor(options: ScriptQueueOptions) {
    this.#options = options;
    this.#pausedAtMs = options.clock.nowMs();
    this.#timer = new DeadlineTimer(options.clock, (dueByMs) => this.#sweep(dueByMs));
  }

  /** Puts an operation on its way. It waits while the line is paused. */
  submit(pending: PendingOperation): void {
    if (this.#waiting.size >= MAX_WAITING) {
      failOverloaded(pending, this.#options.origin);
      return;
    }
    this.#waiting.add(pending);
    this.#timer.wakeBy(pending.dueMs);
    if (this.#isPaused) return;
    const isFull = this.#calls.size >= this.#options.maxInFlight;
    if (!isFull && isWorthACall(this.#waiting.newRequests, this.#calls.requests)) this.#flush();
    else this.#planFlush();
  }

  /** Sends an operation by itself, behind the word that lets a server answer for a slot it is getting. */
  submitAsking(pending: PendingOperation): void {
    const { connection } = this.#options;
    this.#timer.wakeBy(pending.dueMs);
    connection.together(() => {
      connection.ask();
      this.#send([pending]);
    });
  }

  /** Sends nothing until `resume`; what is on its way goes on. */
  pause(): void {
    if (!this.#isPaused) this.#pausedAtMs = this.#options.clock.nowMs();
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#flush();
  }

  /** Takes back what was not sent yet. */
  takeWaiting(): readonly PendingOperation[] {
    return this.#waiting.take();
  }

  /** Whether a call is unanswered for so long, and nothing else came meanwhile. */
  isSilentFor(durationMs: number): boolean {
    return this.#options.clock.nowMs() - this.#calls.silentSinceMs >= durationMs;
  }

  get isIdle(): boolean {
    return this.#calls.size === 0;
  }

  /** Nobody waits for anything. */
  get #isOver(): boolean {
    return this.#waiting.isSettled && this.#calls.isSettled;
  }

  /** Settles when every call is answered or failed, and all operations are settled. */
  async drained(): Promise<void> {
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Stops the timer. Groups that are on their way are failed by the client when it closes. */
  close(): void {
    this.#isPaused = true;
    this.#timer.stop();
  }

  /** At the end of this turn of the event loop. */
  #planFlush(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#plannedAtMs = this.#options.clock.nowMs();
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    if (this.#isFlushDue) this.#forgiveStall();
    this.#isFlushDue = false;
    if (this.#isPaused || this.#waiting.size === 0) return;
    const operations = this.takeWaiting().filter((pending) => !pending.isSettled);
    const isOneSlotPerCall = this.#options.isOneSlotPerCall();
    if (!isOneSlotPerCall && endOfCall(operations, 0) === operations.length) {
      this.#sendBatch(operations);
      return;
    }
    const batches = isOneSlotPerCall ? byHashSlot(operations) : [operations];
    this.#options.connection.together(() => {
      for (const batch of batches) this.#sendBatch(batch);
    });
  };

  /** What was asked before this process stalled has not waited for the server yet. */
  #forgiveStall(): void {
    const stallMs = this.#options.clock.nowMs() - this.#plannedAtMs;
    if (stallMs > STALL_MS) this.#waiting.extend(stallMs);
  }

  #sendBatch(operations: readonly PendingOperation[]): void {
    let next = 0;
    while (next < operations.length) {
      if (this.#calls.size >= this.#options.maxInFlight) {
        this.#waiting.putBack(operations.slice(next));
        return;
      }
      const end = endOfCall(operations, next);
      this.#send(
        next === 0 && end === operations.length ? operations : operations.slice(next, end),
      );
      next = end;
    }
  }

  #send(operations: readonly PendingOperation[]): void {
    const { serverClock, clock, connection, maxReplyMs } = this.#options;
    const call = new ScriptCall(operations, clock.nowMs());
    this.#calls.add(call);
    this.#timer.wakeBy(call.sentMs + maxReplyMs);
    const { keys, words } = call.encode(serverClock, this.#options.nowUs());
    connection.run(
      keys,
      words,
      (reply) => {
        this.#answered(call, reply);
      },
      (error) => {
        this.#failed(call, error);
      },
    );
  }

  #answered(call: ScriptCall, reply: unknown): void {
    const { clock, serverClock, origin: origin, onAnswered } = this.#options;
    const nowMs = clock.nowMs();
    this.#calls.end(call, nowMs);
    const heard = call.read(reply, { nowMs, serverClock, origin });
    if (heard.isDecided && !call.isOverdue) onAnswered();
    for (const pending of heard.again) this.submit(pending);
    this.#flushMore();
  }

  #failed(call: ScriptCall, error: unknown): void {
    this.#calls.end(call, this.#options.clock.nowMs());
    this.#options.onFailed(call.operations, error);
    this.#flushMore();
  }

  /** What waited for an earlier call to end goes out now, with what came since. */
  #flushMore(): void {
    this.#tellWhenOver();
    if (this.#waiting.size > 0 && !this.#isPaused) this.#planFlush();
  }

  #tellWhenOver(): void {
    if (this.#onIdle !== null && this.#isOver) this.#onIdle();
  }

  /** Fails what was due by then, and returns when something is due next. */
  #sweep(dueByMs: number): number {
    const { maxReplyMs, onOverdue, onLate } = this.#options;
    let nextMs = this.#listen(dueByMs);
    const late: PendingOperation[] = [];
    const look = (pending: PendingOperation): void => {
      if (pending.isSettled) return;
      if (pending.dueMs <= dueByMs) late.push(pending);
      else nextMs = Math.min(nextMs, pending.dueMs);
    };
    const overdue = this.#calls.noteOverdue(dueByMs - maxReplyMs);
    if (overdue > 0) onOverdue(overdue);
    for (const call of this.#calls) {
      call.operations.forEach(look);
      if (!call.isOverdue) nextMs = Math.min(nextMs, call.sentMs + maxReplyMs);
    }
    if (late.length > 0) onLate(late);
    const unsent = this.#waiting.takeDue(dueByMs);
    if (unsent.length > 0) this.#failUnsent(unsent, dueByMs);
    for (const pending of this.#waiting) look(pending);
    this.#tellWhenOver();
    return nextMs;
  }

  /** Nothing was sent for these: the server is slow, or this process asks more than fits. */
  #failUnsent(late: readonly PendingOperation[], dueByMs: number): void {
    const { maxReplyMs, onOverdue, onLate, origin: origin } = this.#options;
    const isUnreachable = this.#isPaused && dueByMs - this.#pausedAtMs >= maxReplyMs;
    if (isUnreachable) onOverdue(late.length);
    if (this.#isPaused || this.#calls.isAnyOverdue) onLate(late);
    else for (const pending of late) failOverloaded(pending, origin);
  }

  /** Tells of silence. Answers when to listen again. */
  #listen(nowMs: number): number {
    const { maxSilenceMs, onSilent } = this.#options;
    const dueMs = this.#calls.silentSinceMs + maxSilenceMs;
    if (dueMs > nowMs) return dueMs;
    onSilent();
    return nowMs + maxSilenceMs;
  }
}
