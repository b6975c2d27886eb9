/** The properties of a state that decide which one to evict. */
export interface EvictionRules<State> {
  /** Its eviction changes no decision. */
  isUntouched(state: State, nowMs: number): boolean;
  /** Its eviction would allow a request that must be denied. */
  isExhausted(state: State, nowMs: number): boolean;
  /** From 0 (untouched) to 1 (exhausted). */
  usedShare(state: State, nowMs: number): number;
}

/** A state that may be evicted, and how much would be lost with it. */
export interface Candidate {
  readonly position: number;
  readonly usedShare: number;
}

/** The most states of each kind that are visited for one new identifier. */
const SEARCH_LIMIT = 64;

/**
 * The states of one limiter by identifier, in dense arrays over which clock hands move.
 *
 * Positions below `#exhausted` hold states that were exhausted when last written or visited; the rest
 * may be evicted for a new identifier. Moving a state between the two parts swaps two positions, so the
 * parts cost nothing while no identifier reaches its limit, and the search for a state to evict never
 * visits states that must stay.
 */
export class KeyTable<State> {
  readonly #positions = new Map<string, number>();
  readonly #identifiers: string[] = [];
  readonly #states: State[] = [];
  readonly #rules: EvictionRules<State>;
  #exhausted = 0;
  #evictableHand = 0;
  #exhaustedHand = 0;
  #sweepHand = 0;

  constructor(rules: EvictionRules<State>) {
    this.#rules = rules;
  }

  get size(): number {
    return this.#states.length;
  }

  /** The position of an identifier, or -1. Valid until the next `add`, `remove` or `classify`. */
  find(identifier: string): number {
    return this.#positions.get(identifier) ?? -1;
  }

  at(position: number): State | undefined {
    return this.#states[position];
  }

  put(position: number, state: State): void {
    this.#states[position] = state;
  }

  add(identifier: string, state: State): number {
    const position = this.#states.length;
    this.#positions.set(identifier, position);
    this.#identifiers.push(identifier);
    this.#states.push(state);
    return position;
  }

  remove(position: number): void {
    let hole = position;
    if (hole < this.#exhausted) {
      this.#exhausted -= 1;
      this.#swap(hole, this.#exhausted);
      hole = this.#exhausted;
    }
    this.#swap(hole, this.#states.length - 1);
    const identifier = this.#identifiers.pop();
    this.#states.pop();
    if (identifier !== undefined) this.#positions.delete(identifier);
  }

  /** Moves the state at a position to the part of the exhausted states, or out of it. */
  classify(position: number, exhausted: boolean): void {
    if (position < this.#exhausted === exhausted) return;
    if (exhausted) {
      this.#swap(position, this.#exhausted);
      this.#exhausted += 1;
    } else {
      this.#exhausted -= 1;
      this.#swap(position, this.#exhausted);
    }
  }

  /**
   * Selects a state to evict: an untouched one if the search visits one (share 0), else the least used
   * one that it visits; null when all of them are exhausted.
   */
  candidate(nowMs: number): Candidate | null {
    return this.#recovered(nowMs) ?? this.#leastUsedEvictable(nowMs);
  }

  /**
   * Removes the untouched states among the next `steps` of the hand; returns their number. Visits no
   * state twice: the hand moves down, and a removal moves others only to positions it has visited.
   */
  sweep(steps: number, nowMs: number): number {
    const isWithin = this.#sweepHand > 0 && this.#sweepHand <= this.size;
    const start = isWithin ? this.#sweepHand : this.size;
    const end = Math.max(0, start - steps);
    const removed = this.#sweepDown(start, end, nowMs);
    const left = steps - (start - end);
    if (left === 0) return removed;
    return removed + this.#sweepDown(this.size, Math.max(start, this.size - left), nowMs);
  }

  /** Visits the positions below `start`, down to `end`. */
  #sweepDown(start: number, end: number, nowMs: number): number {
    let removed = 0;
    for (let position = start - 1; position >= end; position--) {
      const state = this.#states[position];
      if (state === undefined || !this.#rules.isUntouched(state, nowMs)) continue;
      this.remove(position);
      removed += 1;
    }
    this.#sweepHand = end;
    return removed;
  }

  /** Searches the exhausted part for an untouched state, and moves states that are not exhausted. */
  #recovered(nowMs: number): Candidate | null {
    for (let step = Math.min(SEARCH_LIMIT, this.#exhausted); step > 0; step--) {
      if (this.#exhaustedHand >= this.#exhausted) this.#exhaustedHand = 0;
      const position = this.#exhaustedHand++;
      const state = this.#states[position];
      if (state === undefined) break;
      if (this.#rules.isUntouched(state, nowMs)) return { position, usedShare: 0 };
      if (!this.#rules.isExhausted(state, nowMs)) this.classify(position, false);
    }
    return null;
  }

  #leastUsedEvictable(nowMs: number): Candidate | null {
    let best: Candidate | null = null;
    for (let step = Math.min(SEARCH_LIMIT, this.size - this.#exhausted); step > 0; step--) {
      const inRange = this.#evictableHand >= this.#exhausted && this.#evictableHand < this.size;
      if (!inRange) this.#evictableHand = this.#exhausted;
      const position = this.#evictableHand++;
      const state = this.#states[position];
      if (state === undefined) break;
      if (this.#rules.isUntouched(state, nowMs)) return { position, usedShare: 0 };
      if (this.#rules.isExhausted(state, nowMs)) continue;
      const usedShare = this.#rules.usedShare(state, nowMs);
      if (best === null || usedShare < best.usedShare) best = { position, usedShare };
    }
    return best;
  }

  #swap(a: number, b: number): void {
    if (a === b) return;
    const [identifierA, identifierB] = [this.#identifiers[a], this.#identifiers[b]];
    const [stateA, stateB] = [this.#states[a], this.#states[b]];
    if (identifierA === undefined || identifierB === undefined) return;
    if (stateA === undefined || stateB === undefined) return;
    this.#identifiers[a] = identifierB;
    this.#identifiers[b] = identifierA;
    this.#states[a] = stateB;
    this.#states[b] = stateA;
    this.#positions.set(identifierB, a);
    this.#positions.set(identifierA, b);
  }
}
