import type { Candidate } from './key-table.js';

/** A table that can name a state to forget. */
export interface Evictable {
  readonly size: number;
  candidate(nowMs: number): Candidate | null;
  remove(slot: number): void;
  sweep(steps: number, nowMs: number): number;
}

const SWEEP_EVERY_MS = 1_000;
const SWEEP_STEPS = 1_024;

/**
 * The room of a store: at most `maxKeys` states over all of its tables.
 *
 * When it is full, an untouched state makes room for a newcomer, else the least used of those that
 * a bounded search meets; an exhausted one never does. There is no timer: once a second of
 * traffic, at most 1,024 states per table are looked at and the expired ones forgotten.
 */
export class KeyCapacity {
  readonly maxKeys: number;
  readonly #tables = new Set<Evictable>();
  #evictions = 0;
  #nextSweepMs = 0;

  constructor(maxKeys: number) {
    this.maxKeys = maxKeys;
  }

  get size(): number {
    let size = 0;
    for (const table of this.#tables) size += table.size;
    return size;
  }

  /** States forgotten for newcomers although they were not expired. */
  get evictions(): number {
    return this.#evictions;
  }

  share(table: Evictable): void {
    this.#tables.add(table);
  }

  leave(table: Evictable): void {
    this.#tables.delete(table);
  }

  clear(): void {
    this.#tables.clear();
  }

  /** Whether a newcomer can have a state of its own. Changes nothing. */
  hasRoom(nowMs: number): boolean {
    return this.size < this.maxKeys || this.#leastUsed(nowMs) !== null;
  }

  /** Makes room for one newcomer; false when everything that is there must stay. */
  claim(nowMs: number): boolean {
    if (this.size < this.maxKeys) return true;
    const found = this.#leastUsed(nowMs);
    if (found === null) return false;
    found.table.remove(found.slot);
    if (found.usedShare > 0) this.#evictions += 1;
    return true;
  }

  /** Forgets expired states, a bounded number at most once a second. */
  sweep(nowMs: number): void {
    if (nowMs < this.#nextSweepMs) return;
    this.#nextSweepMs = nowMs + SWEEP_EVERY_MS;
    for (const table of this.#tables) table.sweep(SWEEP_STEPS, nowMs);
  }

  #leastUsed(nowMs: number): (Candidate & { readonly table: Evictable }) | null {
    let best: (Candidate & { readonly table: Evictable }) | null = null;
    for (const table of this.#tables) {
      const candidate = table.candidate(nowMs);
      if (candidate === null) continue;
      if (best === null || candidate.usedShare < best.usedShare) best = { ...candidate, table };
      if (best.usedShare === 0) break;
    }
    return best;
  }
}
