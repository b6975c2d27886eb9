/** What a table needs to know of a state to choose which one to forget. */
export interface Occupancy<State> {
  /** Forgetting it changes nothing. */
  isUntouched(state: State, nowMs: number): boolean;
  /** Forgetting it would let somebody through who must not pass. */
  isExhausted(state: State, nowMs: number): boolean;
  /** From 0 (untouched) to 1 (exhausted). */
  usedShare(state: State, nowMs: number): number;
}

/** A state that may be forgotten, and how much would be lost with it. */
export interface Candidate {
  readonly slot: number;
  readonly usedShare: number;
}

/** How many states of each kind are looked at for one newcomer. */
const LOOKED_AT = 64;

/**
 * The states of one limiter by identifier, in dense arrays that a hand can walk over.
 *
 * Slots below `#exhausted` hold states that were exhausted when they were last written or looked
 * at; the rest may be forgotten for a newcomer. Moving one between the two parts swaps two slots,
 * so the parts cost nothing while nobody reaches a limit, and finding somebody to forget never
 * means searching among those who must stay.
 */
export class KeyTable<State> {
  readonly #slots = new Map<string, number>();
  readonly #identifiers: string[] = [];
  readonly #states: State[] = [];
  readonly #occupancy: Occupancy<State>;
  #exhausted = 0;
  #openHand = 0;
  #exhaustedHand = 0;
  #sweepHand = 0;

  constructor(occupancy: Occupancy<State>) {
    this.#occupancy = occupancy;
  }

  get size(): number {
    return this.#states.length;
  }

  /** The slot of an identifier, or -1. Valid until the next `add`, `remove` or `classify`. */
  find(identifier: string): number {
    return this.#slots.get(identifier) ?? -1;
  }

  at(slot: number): State | undefined {
    return this.#states[slot];
  }

  put(slot: number, state: State): void {
    this.#states[slot] = state;
  }

  add(identifier: string, state: State): number {
    const slot = this.#states.length;
    this.#slots.set(identifier, slot);
    this.#identifiers.push(identifier);
    this.#states.push(state);
    return slot;
  }

  remove(slot: number): void {
    let hole = slot;
    if (hole < this.#exhausted) {
      this.#exhausted -= 1;
      this.#swap(hole, this.#exhausted);
      hole = this.#exhausted;
    }
    this.#swap(hole, this.#states.length - 1);
    const identifier = this.#identifiers.pop();
    this.#states.pop();
    if (identifier !== undefined) this.#slots.delete(identifier);
  }

  /** Notes whether the state in a slot may be forgotten. */
  classify(slot: number, exhausted: boolean): void {
    if (slot < this.#exhausted === exhausted) return;
    if (exhausted) {
      this.#swap(slot, this.#exhausted);
      this.#exhausted += 1;
    } else {
      this.#exhausted -= 1;
      this.#swap(slot, this.#exhausted);
    }
  }

  /**
   * Finds a state to forget: an untouched one when the hand meets one (share 0), else the least
   * used of those it meets, or null when all that it meets are exhausted.
   */
  candidate(nowMs: number): Candidate | null {
    return this.#amongExhausted(nowMs) ?? this.#amongOpen(nowMs);
  }

  /**
   * Removes the untouched among the next `steps` states under the hand; returns how many. Visits no
   * state twice: the hand moves down, and a removal moves others only to where it has been.
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
      if (state === undefined || !this.#occupancy.isUntouched(state, nowMs)) continue;
      this.remove(position);
      removed += 1;
    }
    this.#sweepHand = end;
    return removed;
  }

  /** Looks among the exhausted for one that has recovered fully, and moves the others that have. */
  #amongExhausted(nowMs: number): Candidate | null {
    for (let step = Math.min(LOOKED_AT, this.#exhausted); step > 0; step--) {
      if (this.#exhaustedHand >= this.#exhausted) this.#exhaustedHand = 0;
      const slot = this.#exhaustedHand++;
      const state = this.#states[slot];
      if (state === undefined) break;
      if (this.#occupancy.isUntouched(state, nowMs)) return { slot, usedShare: 0 };
      if (!this.#occupancy.isExhausted(state, nowMs)) this.classify(slot, false);
    }
    return null;
  }

  #amongOpen(nowMs: number): Candidate | null {
    let best: Candidate | null = null;
    for (let step = Math.min(LOOKED_AT, this.size - this.#exhausted); step > 0; step--) {
      const inRange = this.#openHand >= this.#exhausted && this.#openHand < this.size;
      if (!inRange) this.#openHand = this.#exhausted;
      const slot = this.#openHand++;
      const state = this.#states[slot];
      if (state === undefined) break;
      if (this.#occupancy.isUntouched(state, nowMs)) return { slot, usedShare: 0 };
      if (this.#occupancy.isExhausted(state, nowMs)) continue;
      const usedShare = this.#occupancy.usedShare(state, nowMs);
      if (best === null || usedShare < best.usedShare) best = { slot, usedShare };
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
    this.#slots.set(identifierB, a);
    this.#slots.set(identifierA, b);
  }
}
