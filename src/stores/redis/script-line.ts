import { DeadlineTimer } from '../../resilience/deadline-timer.js';
import type { Group } from './group.js';
import { bySlot, endOfCall, isWorthACall } from './call-sizes.js';
import { CallsInFlight } from './calls-in-flight.js';
import { overloaded } from './failures.js';
import type { LineParts } from './line-parts.js';
import { ScriptCall } from './script-call.js';
import { WaitingGroups } from './waiting-groups.js';

/** A turn of the event loop that takes longer is a stall of this process, not of the server. */
const STALL_MS = 5;

/** The most groups that wait for their turn; more fail at once, so that memory is bounded. */
const MAX_WAITING = 10_000;

/**
 * The way to one server: what is asked for in the same turn of the event loop travels in one call
 * of the script, and a lone question is not held back for company. In a busy turn a call leaves as
 * soon as it is worth it, so that the server works while this process fills the next one.
 *
 * At most `maxInFlight` calls are on their way; further groups wait and join the next call. Every
 * group is settled by its deadline, whether its call was sent or not.
 */
export class ScriptLine {
  readonly #parts: LineParts;
  readonly #calls = new CallsInFlight();
  readonly #timer: DeadlineTimer;
  readonly #waiting = new WaitingGroups();
  #isFlushDue = false;
  #plannedAtMs = 0;
  #isPaused = true;
  #pausedAtMs: number;
  #onIdle: (() => void) | null = null;

  constructor(parts: LineParts) {
    this.#parts = parts;
    this.#pausedAtMs = parts.clock.nowMs();
    this.#timer = new DeadlineTimer(parts.clock, (dueByMs) => this.#sweep(dueByMs));
  }

  /** Puts a group on its way. It waits while the line is paused. */
  submit(group: Group): void {
    if (this.#waiting.size >= MAX_WAITING) {
      overloaded(group, this.#parts.place);
      return;
    }
    this.#waiting.add(group);
    this.#timer.wakeBy(group.dueMs);
    if (this.#isPaused) return;
    const isFull = this.#calls.size >= this.#parts.maxInFlight;
    if (!isFull && isWorthACall(this.#waiting.newRequests, this.#calls.requests)) this.#flush();
    else this.#planFlush();
  }

  /** Sends a group by itself, behind the word that lets a server answer for a slot it is getting. */
  submitAsking(group: Group): void {
    const { connection } = this.#parts;
    this.#timer.wakeBy(group.dueMs);
    connection.together(() => {
      connection.ask();
      this.#send([group]);
    });
  }

  /** Sends nothing until `resume`; what is on its way goes on. */
  pause(): void {
    if (!this.#isPaused) this.#pausedAtMs = this.#parts.clock.nowMs();
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#flush();
  }

  /** Takes back what was not sent yet. */
  takeWaiting(): readonly Group[] {
    return this.#waiting.take();
  }

  /** Whether a call is unanswered for so long, and nothing else came meanwhile. */
  isSilentFor(durationMs: number): boolean {
    return this.#parts.clock.nowMs() - this.#calls.silentSinceMs >= durationMs;
  }

  get isIdle(): boolean {
    return this.#calls.size === 0;
  }

  /** Nobody waits for anything. */
  get #isOver(): boolean {
    return this.#waiting.areSettled && this.#calls.areSettled;
  }

  /** Settles when every call is answered or failed, and all groups are settled. */
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
    this.#plannedAtMs = this.#parts.clock.nowMs();
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    if (this.#isFlushDue) this.#forgiveStall();
    this.#isFlushDue = false;
    if (this.#isPaused || this.#waiting.size === 0) return;
    const groups = this.takeWaiting().filter((group) => !group.isSettled);
    const isOneSlotPerCall = this.#parts.isOneSlotPerCall();
    if (!isOneSlotPerCall && endOfCall(groups, 0) === groups.length) {
      this.#sendBatch(groups);
      return;
    }
    const batches = isOneSlotPerCall ? bySlot(groups) : [groups];
    this.#parts.connection.together(() => {
      for (const batch of batches) this.#sendBatch(batch);
    });
  };

  /** What was asked before this process stalled has not waited for the server yet. */
  #forgiveStall(): void {
    const stallMs = this.#parts.clock.nowMs() - this.#plannedAtMs;
    if (stallMs > STALL_MS) this.#waiting.extend(stallMs);
  }

  #sendBatch(groups: readonly Group[]): void {
    let next = 0;
    while (next < groups.length) {
      if (this.#calls.size >= this.#parts.maxInFlight) {
        this.#waiting.putBack(groups.slice(next));
        return;
      }
      const end = endOfCall(groups, next);
      this.#send(next === 0 && end === groups.length ? groups : groups.slice(next, end));
      next = end;
    }
  }

  #send(groups: readonly Group[]): void {
    const { serverClock, clock, connection, maxReplyMs } = this.#parts;
    const call = new ScriptCall(groups, clock.nowMs());
    this.#calls.add(call);
    this.#timer.wakeBy(call.sentMs + maxReplyMs);
    const { keys, words } = call.encode(serverClock, this.#parts.nowUs());
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
    const { clock, serverClock, place, onAnswered } = this.#parts;
    const nowMs = clock.nowMs();
    this.#calls.end(call, nowMs);
    const heard = call.read(reply, { nowMs, serverClock, place });
    if (heard.isDecided && !call.isOverdue) onAnswered();
    for (const group of heard.again) this.submit(group);
    this.#flushMore();
  }

  #failed(call: ScriptCall, error: unknown): void {
    this.#calls.end(call, this.#parts.clock.nowMs());
    this.#parts.onFailed(call.groups, error);
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
    const { maxReplyMs, onOverdue, onLate } = this.#parts;
    let nextMs = this.#listen(dueByMs);
    const late: Group[] = [];
    const look = (group: Group): void => {
      if (group.isSettled) return;
      if (group.dueMs <= dueByMs) late.push(group);
      else nextMs = Math.min(nextMs, group.dueMs);
    };
    const overdue = this.#calls.noteOverdue(dueByMs - maxReplyMs);
    if (overdue > 0) onOverdue(overdue);
    for (const call of this.#calls) {
      call.groups.forEach(look);
      if (!call.isOverdue) nextMs = Math.min(nextMs, call.sentMs + maxReplyMs);
    }
    if (late.length > 0) onLate(late);
    const unsent = this.#waiting.takeDue(dueByMs);
    if (unsent.length > 0) this.#failUnsent(unsent, dueByMs);
    for (const group of this.#waiting) look(group);
    this.#tellWhenOver();
    return nextMs;
  }

  /** Nothing was sent for these: the server is slow, or this process asks more than fits. */
  #failUnsent(late: readonly Group[], dueByMs: number): void {
    const { maxReplyMs, onOverdue, onLate, place } = this.#parts;
    const isUnreachable = this.#isPaused && dueByMs - this.#pausedAtMs >= maxReplyMs;
    if (isUnreachable) onOverdue(late.length);
    if (this.#isPaused || this.#calls.isAnyOverdue) onLate(late);
    else for (const group of late) overloaded(group, place);
  }

  /** Tells of silence. Answers when to listen again. */
  #listen(nowMs: number): number {
    const { maxSilenceMs, onSilent } = this.#parts;
    const dueMs = this.#calls.silentSinceMs + maxSilenceMs;
    if (dueMs > nowMs) return dueMs;
    onSilent();
    return nowMs + maxSilenceMs;
  }
}
