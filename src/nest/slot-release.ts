import type { IncomingMessage } from 'node:http';
import type { Lease } from '../limiter/limiter.js';
import {
  rawRequestOf,
  whenOver,
  type AdaptedRequest,
  type AdaptedResponse,
} from './response-end.js';

const SLOTS = Symbol.for('@rate-sync/nestjs:slots');

interface RequestWithSlots extends IncomingMessage {
  [SLOTS]?: RequestSlots;
}

/**
 * The slots of a request. They are freed when its handler has ended *and* its response is over: a
 * handler goes on when its client has hung up, and a response when its handler has returned a stream.
 */
export class RequestSlots {
  readonly #leases: Lease[] = [];
  #longestLeaseMs = 0;
  #running = 0;
  #isOver = false;

  /** Whether the response is over: sent, or without a client. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the slots were freed. */
  get areFreed(): boolean {
    return this.#isOver && this.#running === 0;
  }

  /** Milliseconds after which the slots of a holder that disappears come back. */
  get longestLeaseMs(): number {
    return this.#longestLeaseMs;
  }

  hold(leases: readonly Lease[], leaseMs: number): void {
    this.#leases.push(...leases);
    this.#longestLeaseMs = Math.max(this.#longestLeaseMs, leaseMs);
    this.#freeWhenEnded();
  }

  /** A handler of the request begins. Gives what is to be called when it has ended, once. */
  begin(): () => void {
    this.#running += 1;
    let isRunning = true;
    return () => {
      if (!isRunning) return;
      isRunning = false;
      this.#running -= 1;
      this.#freeWhenEnded();
    };
  }

  /** The response is over. */
  end(): void {
    this.#isOver = true;
    this.#freeWhenEnded();
  }

  #freeWhenEnded(): void {
    if (!this.areFreed) return;
    for (const lease of this.#leases.splice(0)) void lease.release();
  }
}

/** Slots of one decision, and the longest time after which they come back by themselves. */
export interface HeldSlots {
  readonly leases: readonly Lease[];
  readonly leaseMs: number;
}

/** Holds slots for a request until it has ended. */
export function holdUntilEnd(
  { leases, leaseMs }: HeldSlots,
  request: AdaptedRequest,
  response: AdaptedResponse,
): void {
  const raw: RequestWithSlots = rawRequestOf(request);
  const known = raw[SLOTS];
  const slots = known ?? new RequestSlots();
  slots.hold(leases, leaseMs);
  if (known !== undefined) return;
  raw[SLOTS] = slots;
  whenOver(response, () => {
    slots.end();
  });
}

/** The slots that a request was given; undefined when it needs none. */
export function slotsOf(request: AdaptedRequest): RequestSlots | undefined {
  return (rawRequestOf(request) as RequestWithSlots)[SLOTS];
}
