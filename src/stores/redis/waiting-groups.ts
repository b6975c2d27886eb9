import type { Group } from './group.js';

/** Groups that no call holds yet, in the order in which they came. */
export class WaitingGroups {
  #groups: Group[] = [];
  #newRequests = 0;

  get size(): number {
    return this.#groups.length;
  }

  /** Requests that came since what waited was last taken. */
  get newRequests(): number {
    return this.#newRequests;
  }

  /** Whether no caller waits for any of them. */
  get areSettled(): boolean {
    return this.#groups.every(({ isSettled }) => isSettled);
  }

  [Symbol.iterator](): Iterator<Group> {
    return this.#groups.values();
  }

  add(group: Group): void {
    this.#groups.push(group);
    this.#newRequests += group.question.requests;
  }

  /** Puts groups back that no call had room for. */
  putBack(groups: readonly Group[]): void {
    this.#groups.push(...groups);
  }

  /** Takes all of them. */
  take(): readonly Group[] {
    const groups = this.#groups;
    this.#groups = [];
    this.#newRequests = 0;
    return groups;
  }

  /** Takes those out that are due by then. */
  takeDue(dueByMs: number): readonly Group[] {
    const due = this.#groups.filter((group) => !group.isSettled && group.dueMs <= dueByMs);
    this.#groups = this.#groups.filter((group) => !group.isSettled && group.dueMs > dueByMs);
    return due;
  }

  /** Gives all of them more time. */
  extend(byMs: number): void {
    for (const group of this.#groups) group.dueMs += byMs;
  }
}
