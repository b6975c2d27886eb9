import type { IncomingMessage } from 'node:http';
import type { Lease } from '../../../../limiter/limiter.js';
import type { AdmissionRequest } from '../../../../limiter/limiter-set.js';
import { isResponse, rawRequestOf, whenOver, type AdaptedRequest } from '../response-end.js';
import type { RateLimitContext } from '../../../decorators/rules.js';

const SLOTS = Symbol.for('@rate-sync/nestjs:slots');

interface RequestWithSlots extends IncomingMessage {
  [SLOTS]?: RequestSlots;
}

/**
 * The slots of a request. They are released when its handler has ended *and* its response is over: a
 * handler continues after its client has disconnected, and a response after its handler has returned a
 * stream.
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

  /** Whether the slots were released. */
  get areFreed(): boolean {
    return this.#isOver && this.#running === 0;
  }

  /** Milliseconds after which the leases expire without a renewal. */
  get longestLeaseMs(): number {
    return this.#longestLeaseMs;
  }

  hold(leases: readonly Lease[], leaseMs: number): void {
    this.#leases.push(...leases);
    this.#longestLeaseMs = Math.max(this.#longestLeaseMs, leaseMs);
    this.#freeWhenEnded();
  }

  /** A handler of the request begins. Returns a callback for its end. */
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

/** Holds the slots of a decision until its request has ended. */
export function releaseOnClose(
  leases: readonly Lease[],
  asked: readonly AdmissionRequest[],
  { request, response }: Pick<RateLimitContext<AdaptedRequest, unknown>, 'request' | 'response'>,
): void {
  if (leases.length === 0) return;
  if (!isResponse(response)) {
    releaseAtOnce(leases);
    return;
  }
  const raw: RequestWithSlots = rawRequestOf(request);
  const known = raw[SLOTS];
  const slots = known ?? new RequestSlots();
  slots.hold(leases, longestLeaseMs(asked));
  if (known !== undefined) return;
  raw[SLOTS] = slots;
  whenOver(response, () => {
    slots.end();
  });
}

/** The end of a call of another transport is not known. */
function releaseAtOnce(leases: readonly Lease[]): void {
  for (const lease of leases) void lease.release();
}

function longestLeaseMs(asked: readonly AdmissionRequest[]): number {
  return Math.max(...asked.map(({ limiter: { policy } }) => policy.concurrency?.leaseMs ?? 0));
}

/** The slots of a request; undefined when it holds none. */
export function slotsOf(request: AdaptedRequest): RequestSlots | undefined {
  return (rawRequestOf(request) as RequestWithSlots)[SLOTS];
}
