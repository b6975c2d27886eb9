import type { ExecutionContext } from '@nestjs/common';
import type { LimiterSet } from '../../limiter/limiter-set.js';
import type { RateLimitTransport } from '../transports/transport.js';
import { UnsupportedTransport } from '../transports/unsupported-transport.js';
import type { RoutePlans } from './route-plans.js';

/** A transport, and what is limited on it. */
export interface LimitedTransport {
  /** Null: calls of no transport that the application has. */
  readonly transport: RateLimitTransport | null;
  readonly plans: RoutePlans;
}

/** What all guards of an application share. */
export class GuardServices {
  readonly limiters: LimiterSet;
  readonly #transports: readonly (LimitedTransport & { readonly transport: RateLimitTransport })[];
  readonly #other: LimitedTransport;
  readonly #unsupported = new UnsupportedTransport();

  constructor(
    limiters: LimiterSet,
    transports: readonly RateLimitTransport[],
    plansFor: (transport: RateLimitTransport | null) => RoutePlans,
  ) {
    this.limiters = limiters;
    this.#transports = transports.map((transport) => ({ transport, plans: plansFor(transport) }));
    this.#other = { transport: null, plans: plansFor(null) };
  }

  /** The transport of a call. */
  transportOf(execution: ExecutionContext): LimitedTransport {
    for (const limited of this.#transports) {
      if (limited.transport.calls.owns(execution)) return limited;
    }
    return this.#other;
  }

  /** The same, for a call with limits. Throws the error of one that cannot be limited. */
  requireTransport(execution: ExecutionContext): RateLimitTransport {
    const { transport } = this.transportOf(execution);
    if (transport === null) throw this.#unsupported.errorFor(execution);
    return transport;
  }
}
