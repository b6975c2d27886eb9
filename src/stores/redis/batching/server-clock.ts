/** How far apart the two clocks are, by one exchange of messages. */
interface Sample {
  /** Server's microseconds minus local microseconds; wrong by at most `errorUs`. */
  readonly offsetUs: number;
  readonly errorUs: number;
  readonly takenAtMs: number;
}

/** How fast two clocks may drift apart: 1,000 parts in a million, in microseconds per millisecond. */
const DRIFT_US_PER_MS = 1;

/** Two clocks that disagree by more than their samples explain have jumped. */
const JITTER_US = 1_000;

/**
 * An estimate of a server's clock, from the times in its replies.
 *
 * The server read its clock between sending and receiving, so the middle is wrong by half of the
 * round trip at most (Cristian's algorithm). The most exact sample counts, less exact as it ages,
 * because clocks drift; one that contradicts it means that a clock was set, and replaces it at once.
 * A busy process reads replies late, and such a sample must not replace a good one.
 */
export class ServerClock {
  #best: Sample | null = null;

  /** Adds a sample: a reply with the server's time. */
  learn(sentMs: number, receivedMs: number, serverUs: number): void {
    const errorUs = ((receivedMs - sentMs) * 1_000) / 2;
    const offsetUs = serverUs - sentMs * 1_000 - errorUs;
    const best = this.#best;
    if (best === null || isBetter(best, offsetUs, errorUs, receivedMs)) {
      this.#best = { offsetUs, errorUs, takenAtMs: receivedMs };
    }
  }

  /**
   * The latest that the server's clock can show at a local moment, in whole microseconds; 0 while
   * nothing is known of it. A deadline for the server is thus never too early: what the server grants
   * too late is released when the late reply comes.
   */
  at(localMs: number): number {
    const best = this.#best;
    return best === null ? 0 : Math.ceil(localMs * 1_000 + best.offsetUs + best.errorUs);
  }

  /** Forgets everything: another server may reply from now on. */
  reset(): void {
    this.#best = null;
  }
}

function isBetter(best: Sample, offsetUs: number, errorUs: number, nowMs: number): boolean {
  const bestErrorUs = best.errorUs + (nowMs - best.takenAtMs) * DRIFT_US_PER_MS;
  if (errorUs <= bestErrorUs) return true;
  return Math.abs(offsetUs - best.offsetUs) > errorUs + bestErrorUs + JITTER_US;
}
