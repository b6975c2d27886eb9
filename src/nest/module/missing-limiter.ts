import { LimiterNotFoundError } from '../../core/errors/index.js';
import type { LimiterPolicy } from '../../core/policy.js';
import type { Lease, Limiter } from '../../limiter/limiter.js';

/**
 * A placeholder for a limiter that is not configured. Another application of the same process may
 * have it, so it is an error only when it is used, or when a class of this application injects it.
 */
export class MissingLimiter implements Limiter {
  readonly id: string;
  readonly #known: readonly string[];

  constructor(id: string, known: readonly string[]) {
    this.id = id;
    this.#known = known;
  }

  get policy(): LimiterPolicy {
    throw this.#error();
  }

  consume(): Promise<never> {
    return this.#reject();
  }

  peek(): Promise<never> {
    return this.#reject();
  }

  tryAcquire(): Promise<Lease | null> {
    return this.#reject();
  }

  acquire(): Promise<Lease> {
    return this.#reject();
  }

  run(): Promise<never> {
    return this.#reject();
  }

  refund(): Promise<void> {
    return this.#reject();
  }

  reset(): Promise<void> {
    return this.#reject();
  }

  #reject(): Promise<never> {
    return Promise.reject(this.#error());
  }

  #error(): LimiterNotFoundError {
    return new LimiterNotFoundError(this.id, this.#known);
  }
}
