import { StoreUnavailableError } from '../../core/errors.js';
import type { Place } from './failures.js';
import { failGroup, type Group } from './group.js';
import { readIntegers } from './integers.js';
import { runsOf, type Run } from './runs.js';
import type { ServerClock } from './server-clock.js';

/** What the script says of a group: done, refused because it came late, or not our data. */
const OK = 0;
const LATE = 1;

/** Why a group was not done. */
const TOO_LATE = { kind: 'timeout' } as const;
const FOREIGN = { kind: 'data', code: 'WRONGTYPE' } as const;

/** How often a group may be sent again that a server refused as late while there was time left. */
const MAX_DETOURS = 2;

/** What a reply is read with. */
export interface Reading {
  readonly nowMs: number;
  readonly serverClock: ServerClock;
  readonly place: Place;
}

/** What came of a reply. */
export interface Heard {
  /** It holds a decision, in time for a caller or not. */
  readonly isDecided: boolean;
  /** Groups that were not executed and have time left. */
  readonly again: readonly Group[];
}

/** One call of the script, which carries groups that were asked for together. */
export class ScriptCall {
  /** In the order of the reply. */
  readonly groups: readonly Group[];
  readonly requests: number;
  readonly sentMs: number;
  /** True once the server has taken longer than any decision may. */
  isOverdue = false;
  readonly #runs: readonly Run[];

  constructor(groups: readonly Group[], sentMs: number) {
    this.#runs = runsOf(groups);
    this.groups = this.#runs.length === 1 ? groups : this.#runs.flatMap((run) => run.groups);
    this.sentMs = sentMs;
    let requests = 0;
    for (const { question } of groups) requests += question.requests;
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
    for (const { question, groups, dueMs } of this.#runs) {
      const { operation, requests, fields } = question;
      const dueUs = digitsOf(serverClock.at(dueMs));
      words += ` ${operation} ${dueUs} ${String(groups.length)} ${String(requests)} ${fields}`;
      for (const group of groups) for (const key of group.question.keys) keys.push(key);
    }
    return { keys, words };
  }

  /** Settles the groups with their parts of the reply. */
  read(reply: unknown, { nowMs, serverClock, place }: Reading): Heard {
    const integers = readIntegers(reply);
    const [serverUs] = integers;
    if (serverUs === undefined) {
      this.#failAll(new StoreUnavailableError({ ...place, kind: 'data' }));
      return { isDecided: false, again: [] };
    }
    serverClock.learn(this.sentMs, nowMs, serverUs);
    const again: Group[] = [];
    let isDecided = false;
    let next = 1;
    for (const group of this.groups) {
      const status = integers[next];
      next += 1;
      isDecided ||= isDecision(group);
      if (status === OK) {
        settle(group, integers, next);
        next += group.question.integers;
      } else if (status === LATE && mayGoAgain(group, nowMs)) {
        group.detours += 1;
        again.push(group);
      } else {
        failGroup(
          group,
          new StoreUnavailableError({ ...place, ...(status === LATE ? TOO_LATE : FOREIGN) }),
        );
      }
    }
    return { isDecided, again };
  }

  #failAll(failure: StoreUnavailableError): void {
    for (const group of this.groups) failGroup(group, failure);
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

function isDecision({ question: { operation } }: Group): boolean {
  return operation === 'all' || operation === 'any';
}

/** The answer of a group, which begins at `start`. The reply begins with the server's time. */
function settle(group: Group, integers: readonly number[], start: number): void {
  const isInTime = !group.isSettled;
  group.isSettled = true;
  group.onReply({ integers, start, nowUs: integers[0] ?? 0, isInTime });
}

/** A server whose clock was set refuses what is in time; by now its clock is known. */
function mayGoAgain(group: Group, nowMs: number): boolean {
  return !group.isSettled && group.dueMs > nowMs && group.detours < MAX_DETOURS;
}
