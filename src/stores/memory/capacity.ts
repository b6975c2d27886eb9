import type { Candidate } from './key-table.js';

/** A table that can select a state for eviction. */
export interface Evictable {
  readonly size: number;
  candidate(nowMs: number): Candidate | null;
  remove(position: number): void;
  sweep(steps: number, nowMs: number): number;
}

const SWEEP_EVERY_MS = 1_000;
const SWEEP_STEPS = 1_024;

/**
 * The capacity of a store: at most `maxKeys` states over all its tables.
 *
 * A full store evicts an untouched state for a new identifier, else the least used state within a bounded
 * search; it never evicts an exhausted one. There is no timer: at most once a second, a decision visits
 * up to 1,024 states per table and removes the expired ones.
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

  /** States that were evicted for new identifiers before they expired. */
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

  /** Whether a new identifier can have a state of its own. Changes nothing. */
  isAvailable(nowMs: number): boolean {
    return this.size < this.maxKeys || this.#leastUsed(nowMs) !== null;
  }

  /** Evicts a state for a new identifier if the store is full; false when no state can be evicted. */
  claim(nowMs: number): boolean {
    if (this.size < this.maxKeys) return true;
    const found = this.#leastUsed(nowMs);
    if (found === null) return false;
    found.table.remove(found.position);
    if (found.usedShare > 0) this.#evictions += 1;
    return true;
  }

  /** Removes expired states: a bounded number, at most once a second. */
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
