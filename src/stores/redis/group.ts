import type { StoreUnavailableError } from '../../core/errors.js';
import { slotOf } from './keys.js';

/** What the script does with the requests of a group. */
export type Operation =
  | 'all'
  | 'any'
  | 'give_back'
  | 'give_back_moving'
  | 'renew'
  | 'keep'
  | 'leave'
  | 'forget'
  | 'probe';

/** What a group asks for, in the words of `lua/entry.lua`. */
export interface Question {
  readonly operation: Operation;
  readonly keys: readonly string[];
  /** The fields of all requests, in their order, as words with spaces between them. */
  readonly fields: string;
  readonly requests: number;
  /** How long the server needs for it, in ordinary requests. */
  readonly work: number;
  /** Integers of the answer, after its status. */
  readonly integers: number;
}

/** What the script answered to a group. */
export interface Reply {
  /** Of the whole call; those of the group begin at `start`. */
  readonly integers: readonly number[];
  readonly start: number;
  /** The server's time, in microseconds. */
  readonly nowUs: number;
  /** False when the caller was answered otherwise before this came. */
  readonly isInTime: boolean;
}

/** One step of the script that nothing can come between, on its way to a server and back. */
export interface Group {
  readonly question: Question;
  /** The slot of its keys, or 0 where slots do not matter. */
  readonly slot: number;
  /** When its caller must have an answer, by the local clock. A stall of this process moves it. */
  dueMs: number;
  /** Doing it twice is the same as doing it once. */
  readonly isRepeatable: boolean;
  onReply(reply: Reply): void;
  onFailure(failure: StoreUnavailableError): void;
  /** Its call was sent, and the answer was lost with the connection. */
  onLost?(): void;
  /** Does the same one request at a time, for a slot that is between two servers; null: cannot. */
  readonly onSplit: (() => void) | null;
  /** Travels by itself: keys of its slot are on two servers just now. */
  isAlone: boolean;
  /** True once the caller has an answer. */
  isSettled: boolean;
  /** How often a server has sent it elsewhere, or refused it as late by a clock that was wrong. */
  detours: number;
}

/** What a group is made of; the rest is the same for every new one. */
export type NewGroup = Omit<Group, 'isAlone' | 'isSettled' | 'detours' | 'onSplit'> &
  Partial<Pick<Group, 'onSplit'>>;

/** A group that has not been anywhere yet. */
export function newGroup(parts: NewGroup): Group {
  return { onSplit: null, isAlone: false, isSettled: false, detours: 0, ...parts };
}

/** A group that no caller waits for, in the slot of its key. */
export function newProbe(
  question: Question,
  patienceMs: number,
  nowMs: number,
  told: Pick<NewGroup, 'onReply' | 'onFailure'>,
): Group {
  const [key] = question.keys;
  const slot = key === undefined ? 0 : slotOf(key);
  const dueMs = nowMs + patienceMs;
  return newGroup({ question, slot, dueMs, isRepeatable: false, ...told });
}

/** Fails a group, unless its caller has an answer already. */
export function failGroup(group: Group, failure: StoreUnavailableError): void {
  if (group.isSettled) return;
  group.isSettled = true;
  group.onFailure(failure);
}

/** Whether a group hands units back or frees slots, for which nobody waits. */
export function isReturn({ question: { operation } }: Pick<Group, 'question'>): boolean {
  return operation === 'give_back' || operation === 'give_back_moving';
}
