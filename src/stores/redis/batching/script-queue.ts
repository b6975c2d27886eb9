import { DeadlineTimer } from '../../../resilience/deadline-timer.js';
import { CallsInFlight } from './calls-in-flight.js';
import { failOverloaded, type PendingOperation } from './pending-operation.js';
import { ScriptCall } from './script-call.js';
import type { ScriptQueueOptions } from './script-queue-options.js';
import { byHashSlot, endOfCall, WaitingOperations } from './waiting-operations.js';

/** A longer turn of the event loop is a stall of this process, not of the server. */
const STALL_MS = 5;

/** The most operations that wait for a call; further ones fail at once, so that memory is bounded. */
const MAX_WAITING = 10_000;

/**
 * The queue of operations for one server.
 *
 * Operations of one turn of the event loop share a call of the script. A single operation is sent
 * without waiting for a batch. In a busy turn a call leaves as soon as it is worth it, so that the
 * server executes it while this process fills the next one.
 *
 * At most `maxInFlight` calls are in flight; further operations wait and join the next call. Every
 * operation is settled by its deadline, whether its call was sent or not.
 */
export class ScriptQueue {
  readonly #options: ScriptQueueOptions;
  readonly #calls = new CallsInFlight();
  readonly #timer: DeadlineTimer;
  readonly #waiting = new WaitingOperations();
  #isFlushPlanned = false;
  #plannedAtMs = 0;
  #isPaused = true;
  #pausedAtMs: number;
  #onDrained: (() => void) | null = null;

  constructor(options: ScriptQueueOptions) {
    this.#options = options;
    this.#pausedAtMs = options.clock.nowMs();
    this.#timer = new DeadlineTimer(options.clock, (dueByMs) => this.#sweep(dueByMs));
  }

  /** Queues an operation. It waits while the queue is paused. */
  submit(pending: PendingOperation): void {
    if (this.#waiting.size >= MAX_WAITING) {
      failOverloaded(pending, this.#options.origin);
      return;
    }
    this.#waiting.add(pending);
    this.#timer.wakeBy(pending.dueMs);
    if (this.#isPaused) return;
    const isFull = this.#calls.size >= this.#options.maxInFlight;
    if (!isFull && this.#waiting.isWorthACall(this.#calls.requests)) this.#flush();
    else this.#planFlush();
  }

  /** Sends one operation preceded by `ASKING` (its hash slot is moving to this server). */
  submitAsking(pending: PendingOperation): void {
    const { connection } = this.#options;
    this.#timer.wakeBy(pending.dueMs);
    connection.corked(() => {
      connection.sendAsking();
      this.#send([pending]);
    });
  }

  /** Sends nothing until `resume`. Calls in flight go on. */
  pause(): void {
    if (!this.#isPaused) this.#pausedAtMs = this.#options.clock.nowMs();
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#flush();
  }

  /** Takes the operations that no call holds yet. */
  takeWaiting(): readonly PendingOperation[] {
    return this.#waiting.take();
  }

  /** Whether a reply has been due for so long without any other reply meanwhile. */
  isSilentFor(durationMs: number): boolean {
    return this.#options.clock.nowMs() - this.#calls.silentSinceMs >= durationMs;
  }

  get isIdle(): boolean {
    return this.#calls.size === 0;
  }

  /** Whether all operations are settled. */
  get #isDrained(): boolean {
    return this.#waiting.isSettled && this.#calls.isSettled;
  }

  /** Resolves when all operations are settled. */
  async drained(): Promise<void> {
    if (this.#isDrained) return;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
  }

  /** Stops the timer. Calls in flight fail when the client closes. */
  close(): void {
    this.#isPaused = true;
    this.#timer.stop();
  }

  /** Flushes at the end of this turn of the event loop. */
  #planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    this.#plannedAtMs = this.#options.clock.nowMs();
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    if (this.#isFlushPlanned) this.#forgiveStall();
    this.#isFlushPlanned = false;
    if (this.#isPaused || this.#waiting.size === 0) return;
    const operations = this.takeWaiting().filter((pending) => !pending.isSettled);
    const isSplit = operations.length > 1 && this.#options.isOneSlotPerCall();
    if (!isSplit && endOfCall(operations, 0) === operations.length) {
      this.#sendBatch(operations);
      return;
    }
    const batches = isSplit ? byHashSlot(operations) : [operations];
    this.#options.connection.corked(() => {
      for (const batch of batches) this.#sendBatch(batch);
    });
  };

  /** The time of a stall of this process is not the server's: it moves the deadlines. */
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
      const isWhole = next === 0 && end === operations.length;
      this.#send(isWhole ? operations : operations.slice(next, end));
      next = end;
    }
  }

  #send(operations: readonly PendingOperation[]): void {
    const { serverClock, clock, connection, maxReplyMs } = this.#options;
    const call = new ScriptCall(operations, clock.nowMs());
    this.#calls.add(call);
    this.#timer.wakeBy(call.sentMs + maxReplyMs);
    const { keys, argument } = call.encode(serverClock, this.#options.nowUs());
    connection.run(
      keys,
      argument,
      (reply) => {
        this.#replied(call, reply);
      },
      (error) => {
        this.#failed(call, error);
      },
    );
  }

  #replied(call: ScriptCall, reply: unknown): void {
    const { clock, serverClock, origin, onDecided } = this.#options;
    const nowMs = clock.nowMs();
    this.#calls.end(call, nowMs);
    const outcome = call.read(reply, { nowMs, serverClock, origin });
    if (outcome.isDecided && !call.isOverdue) onDecided();
    for (const pending of outcome.again) this.submit(pending);
    this.#flushMore();
  }

  #failed(call: ScriptCall, error: unknown): void {
    this.#calls.end(call, this.#options.clock.nowMs());
    this.#options.onFailed(call.operations, error);
    this.#flushMore();
  }

  /** Sends the operations that waited for a call to end, with those submitted since. */
  #flushMore(): void {
    this.#notifyWhenDrained();
    if (this.#waiting.size > 0 && !this.#isPaused) this.#planFlush();
  }

  #notifyWhenDrained(): void {
    if (this.#onDrained !== null && this.#isDrained) this.#onDrained();
  }

  /** Fails the operations that are due by then; returns the next deadline. */
  #sweep(dueByMs: number): number {
    const { maxReplyMs, onOverdue, onLate } = this.#options;
    let nextMs = this.#checkSilence(dueByMs);
    const late: PendingOperation[] = [];
    const visit = (pending: PendingOperation): void => {
      if (pending.isSettled) return;
      if (pending.dueMs <= dueByMs) late.push(pending);
      else nextMs = Math.min(nextMs, pending.dueMs);
    };
    const overdue = this.#calls.noteOverdue(dueByMs - maxReplyMs);
    if (overdue > 0) onOverdue(overdue);
    for (const call of this.#calls) {
      call.operations.forEach(visit);
      if (!call.isOverdue) nextMs = Math.min(nextMs, call.sentMs + maxReplyMs);
    }
    if (late.length > 0) onLate(late);
    const unsent = this.#waiting.takeDue(dueByMs);
    if (unsent.length > 0) this.#failUnsent(unsent, dueByMs);
    for (const pending of this.#waiting) visit(pending);
    this.#notifyWhenDrained();
    return nextMs;
  }

  /** Fails operations that were never sent: the server is slow, or this process is overloaded. */
  #failUnsent(late: readonly PendingOperation[], dueByMs: number): void {
    const { maxReplyMs, onOverdue, onLate, origin } = this.#options;
    const isUnreachable = this.#isPaused && dueByMs - this.#pausedAtMs >= maxReplyMs;
    if (isUnreachable) onOverdue(late.length);
    if (this.#isPaused || this.#calls.isAnyOverdue) onLate(late);
    else for (const pending of late) failOverloaded(pending, origin);
  }

  /** Reports a connection that is silent for too long; returns when to check again. */
  #checkSilence(nowMs: number): number {
    const { maxSilenceMs, onSilent } = this.#options;
    const dueMs = this.#calls.silentSinceMs + maxSilenceMs;
    if (dueMs > nowMs) return dueMs;
    onSilent();
    return nowMs + maxSilenceMs;
  }
}
