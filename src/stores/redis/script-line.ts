import type { Clock } from '../../core/clock.js';
import { DeadlineTimer } from '../../resilience/deadline-timer.js';
import type { Group } from './group.js';
import type { Connection } from './connection.js';
import { bySlot, endOfCall, isWorthACall } from './call-sizes.js';
import { CallsInFlight } from './calls-in-flight.js';
import { overloaded, type Place } from './failures.js';
import type { ServerClock } from './server-clock.js';
import { ScriptCall } from './script-call.js';

/** A turn of the event loop that takes longer is a stall of this process, not of the server. */
const STALL_MS = 5;

/** The most groups that wait for their turn; more fail at once, so that memory is bounded. */
const MAX_WAITING = 10_000;

/** What a line is made of, and who is told of it. */
export interface LineParts {
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  readonly place: Place;
  readonly connection: Connection;
  readonly maxInFlight: number;
  /** How long a healthy server takes at most to reply, in milliseconds. */
  readonly maxReplyMs: number;
  /** How long a reply may be due with nothing coming at all, in milliseconds. */
  readonly maxSilenceMs: number;
  /** The time that limits are decided by, in microseconds; -1: the server's. */
  readonly nowUs: () => number;
  /** In a cluster all keys of a call must be in one slot. */
  readonly isOneSlotPerCall: () => boolean;
  /** A reply with a decision came within `maxReplyMs`, whether or not its callers still waited. */
  readonly onAnswered: () => void;
  /** The time of these callers is up. Says nothing of the server: they may be impatient. */
  readonly onLate: (groups: readonly Group[]) => void;
  /** So many groups have waited for the server for longer than `maxReplyMs`. */
  readonly onOverdue: (groups: number) => void;
  /** A call failed as a whole. Some of its groups may have been answered by their deadline. */
  readonly onFailed: (groups: readonly Group[], error: unknown) => void;
  /** Nothing came for `maxSilenceMs`. Told again after as much time again. */
  readonly onSilent: () => void;
}

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
  #waiting: Group[] = [];
  /** Requests that came since what waited was taken. */
  #newRequests = 0;
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
    if (this.#waiting.length >= MAX_WAITING) {
      overloaded(group, this.#parts.place);
      return;
    }
    this.#waiting.push(group);
    this.#timer.wakeBy(group.dueMs);
    if (this.#isPaused) return;
    this.#newRequests += group.question.requests;
    const isFull = this.#calls.size >= this.#parts.maxInFlight;
    if (!isFull && isWorthACall(this.#newRequests, this.#calls.requests)) this.#flush();
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
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#newRequests = 0;
    return waiting;
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
    return this.#waiting.every(({ isSettled }) => isSettled) && this.#calls.areSettled;
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
    if (this.#isPaused || this.#waiting.length === 0) return;
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
    if (stallMs > STALL_MS) for (const group of this.#waiting) group.dueMs += stallMs;
  }

  #sendBatch(groups: readonly Group[]): void {
    let next = 0;
    while (next < groups.length) {
      if (this.#calls.size >= this.#parts.maxInFlight) {
        this.#waiting.push(...groups.slice(next));
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
    if (this.#waiting.length > 0 && !this.#isPaused) this.#planFlush();
  }

  #tellWhenOver(): void {
    if (this.#onIdle !== null && this.#isOver) this.#onIdle();
  }

  /** Fails what was due by then, and returns when something is due next. */
  #sweep(dueByMs: number): number {
    const nextMs = Math.min(this.#listen(dueByMs), this.#noteOverdue(dueByMs));
    let nextGroupMs = Number.POSITIVE_INFINITY;
    const late: Group[] = [];
    const look = (group: Group): void => {
      if (group.isSettled) return;
      if (group.dueMs <= dueByMs) late.push(group);
      else nextGroupMs = Math.min(nextGroupMs, group.dueMs);
    };
    for (const call of this.#calls) call.groups.forEach(look);
    if (late.length > 0) this.#parts.onLate(late);
    this.#dropLateWaiting(dueByMs);
    for (const { dueMs } of this.#waiting) nextGroupMs = Math.min(nextGroupMs, dueMs);
    this.#tellWhenOver();
    return Math.min(nextMs, nextGroupMs);
  }

  /** Reports calls that took too long, each once. Returns when the next one does. */
  #noteOverdue(dueByMs: number): number {
    const { maxReplyMs, onOverdue } = this.#parts;
    let nextMs = Number.POSITIVE_INFINITY;
    let groups = 0;
    for (const call of this.#calls) {
      if (call.isOverdue) continue;
      const callDueMs = call.sentMs + maxReplyMs;
      if (callDueMs > dueByMs) {
        nextMs = Math.min(nextMs, callDueMs);
        continue;
      }
      call.isOverdue = true;
      groups += call.groups.length;
    }
    if (groups > 0) onOverdue(groups);
    return nextMs;
  }

  /** Nothing was sent for these: the server is slow, or this process asks more than fits. */
  #dropLateWaiting(dueByMs: number): void {
    const late = this.#waiting.filter((group) => !group.isSettled && group.dueMs <= dueByMs);
    if (late.length > 0) this.#failWaiting(late, dueByMs);
    this.#waiting = this.#waiting.filter((group) => !group.isSettled);
  }

  #failWaiting(late: readonly Group[], dueByMs: number): void {
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
