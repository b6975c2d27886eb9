import type { Decision } from '../../src/core/decision.js';
import { waitUntil } from '../support/redis/wait-until.js';

/** The outcomes of a loop. */
export interface LoopReport {
  readonly decided: number;
  readonly degraded: number;
  /** Of the degraded ones, without repetition. */
  readonly reasons: readonly string[];
}

/** Makes one decision after the other until it is stopped. */
export class DecisionLoop {
  readonly #ask: () => Promise<Decision>;
  readonly #degraded: Decision[] = [];
  readonly #over: Promise<void>;
  #decided = 0;
  #isStopped = false;

  private constructor(ask: () => Promise<Decision>) {
    this.#ask = ask;
    this.#over = this.#run();
  }

  static start(ask: () => Promise<Decision>): DecisionLoop {
    return new DecisionLoop(ask);
  }

  /** Waits until the store has decided so many times from now on. */
  async decided(count: number, options: { timeoutMs?: number } = {}): Promise<void> {
    const before = this.#decided;
    const what = `${String(count)} decisions`;
    await waitUntil(what, () => this.#decided >= before + count, { everyMs: 5, ...options });
  }

  async stop(): Promise<LoopReport> {
    this.#isStopped = true;
    await this.#over;
    return {
      decided: this.#decided,
      degraded: this.#degraded.length,
      reasons: [...new Set(this.#degraded.map(({ reason }) => reason))],
    };
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const decision = await this.#ask();
      if (decision.degraded) this.#degraded.push(decision);
      else this.#decided += 1;
      // A decision that fails at once must not starve the event loop.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
