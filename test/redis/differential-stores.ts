import { expect } from 'vitest';
import type {
  BatchMode,
  Grant,
  LeaseRef,
  PlacesRef,
  StateRef,
  StoreRequest,
  Verdict,
  WaitingPlaces,
} from '../../src/core/store.js';
import { MemoryStore } from '../../src/stores/memory/memory-store.js';
import { RedisStore } from '../../src/stores/redis/redis-store.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { redisSettings } from '../support/redis-settings.js';

const START_MS = 1_790_000_000_000;
/** Deadlines are by the server's clock, which leaps here: beyond the longest leap. */
const TIMEOUT_MS = 1_000_000_000;

/**
 * A memory store and a Redis store that receive the same requests, at the same moments.
 *
 * The memory store answers at once. What is asked between two moves of the clock reaches Redis
 * together, in one call of its script, and its answers are compared before the clock moves.
 */
export class TwinStores {
  readonly #redis: RedisStore;
  #memory = new MemoryStore({ id: 'memory' });
  #clock = new FakeClock(START_MS);
  #answers: Promise<void>[] = [];
  #histories = 0;

  private constructor(url: string) {
    const settings = { ...redisSettings({ url }), decisionTimeoutMs: TIMEOUT_MS };
    this.#redis = new RedisStore(settings, { nowUs: () => this.#clock.nowMs() * 1_000 });
  }

  static async open(url: string): Promise<TwinStores> {
    const twins = new TwinStores(url);
    await twins.#redis.check();
    return twins;
  }

  /** Begins a history with nothing in memory. What it returns names limiters new to Redis. */
  begin(): string {
    this.#clock = new FakeClock(START_MS);
    this.#memory = new MemoryStore({ id: 'memory', clock: this.#clock });
    this.#answers = [];
    this.#histories += 1;
    return `history-${String(this.#histories)}`;
  }

  /** What both decide, once it has turned out that they do. */
  decide(batch: readonly StoreRequest[], mode: BatchMode): readonly Verdict[] {
    const verdicts = this.#memory.decide(batch, mode);
    this.#compare(this.#redis.decide(batch, mode, TIMEOUT_MS), verdicts);
    return verdicts;
  }

  release(returns: readonly Grant[]): void {
    this.#memory.release(returns);
    this.#compare(this.#redis.release(returns), undefined);
  }

  renew(lease: LeaseRef): void {
    this.#compare(this.#redis.renew([lease]), this.#memory.renew([lease]));
  }

  keepPlaces(places: WaitingPlaces, mostPlaces: number): void {
    const fromMemory = this.#memory.keepPlaces(places, mostPlaces);
    this.#compare(this.#redis.keepPlaces(places, mostPlaces), fromMemory);
  }

  leavePlaces(places: PlacesRef): void {
    this.#memory.leavePlaces(places);
    this.#compare(this.#redis.leavePlaces(places), undefined);
  }

  reset(state: StateRef): void {
    this.#memory.reset(state);
    this.#compare(this.#redis.reset(state), undefined);
  }

  async advance(byMs: number): Promise<void> {
    await this.agreed();
    this.#clock.advance(byMs);
  }

  /** Settles when Redis has said the same to everything; rejects when it has not. */
  async agreed(): Promise<void> {
    await Promise.all(this.#answers.splice(0));
  }

  close(): Promise<void> {
    return this.#redis.close();
  }

  #compare<T>(fromRedis: Promise<T>, fromMemory: T): void {
    const compared = fromRedis.then((answer) => {
      expect({ redis: answer }).toEqual({ redis: fromMemory });
    });
    // Heard of in `agreed`; until then a difference is no unhandled rejection.
    compared.catch(() => undefined);
    this.#answers.push(compared);
  }
}
