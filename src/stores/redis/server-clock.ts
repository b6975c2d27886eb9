/** How far apart the two clocks are, as one exchange of messages showed. */
interface Sample {
  /** Server's microseconds minus local microseconds; wrong by at most `errorUs`. */
  readonly offsetUs: number;
  readonly errorUs: number;
  readonly takenAtMs: number;
}

/** How long the best sample is trusted before a worse but newer one takes its place. */
const TRUSTED_MS = 1_000;

/** Two clocks that disagree by more than their samples explain have jumped. */
const JITTER_US = 1_000;

/**
 * Knows what a server's clock shows, from the times that come with its replies.
 *
 * The server read its clock between sending and receiving, so the middle is wrong by half of the
 * round trip at most (Cristian's algorithm). The quickest exchange of the last second counts; one
 * that contradicts it means that a clock was set, and is believed at once.
 */
export class ServerClock {
  #best: Sample | null = null;

  /** Learns from a reply that carried the server's time. */
  learn(sentMs: number, receivedMs: number, serverUs: number): void {
    const errorUs = ((receivedMs - sentMs) * 1_000) / 2;
    const offsetUs = serverUs - sentMs * 1_000 - errorUs;
    const best = this.#best;
    if (best === null || this.#isBetter(best, offsetUs, errorUs, receivedMs)) {
      this.#best = { offsetUs, errorUs, takenAtMs: receivedMs };
    }
  }

  /** A local moment by the server's clock, in whole microseconds; 0 while nothing is known of it. */
  at(localMs: number): number {
    return this.#best === null ? 0 : Math.round(localMs * 1_000 + this.#best.offsetUs);
  }

  /** Forgets everything: another server may answer from now on. */
  reset(): void {
    this.#best = null;
  }

  #isBetter(best: Sample, offsetUs: number, errorUs: number, nowMs: number): boolean {
    if (errorUs <= best.errorUs || nowMs - best.takenAtMs > TRUSTED_MS) return true;
    return Math.abs(offsetUs - best.offsetUs) > errorUs + best.errorUs + JITTER_US;
  }
}
