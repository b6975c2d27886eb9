import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { HttpSettings } from '../../config/index.js';
import type { CompositeDecision } from '../../core/decision.js';
import type { NamedSource } from '../../identifiers/identifier-source.js';
import type { Lease } from '../../limiter/limiter.js';
import type { AdmissionRequest } from '../../limiter/limiter-set.js';
import type { RateLimitContext } from '../decorators/rules.js';
import type { WarnOnce } from '../guard/warn-once.js';
import type { TakenLimit } from './call-record.js';

/** Recognises the calls of one transport. Has no state: parameter decorators have no injection. */
export interface TransportCalls {
  /** The transport's name in errors and log lines: `http`. */
  readonly name: string;
  /** Whether an execution is a call of this transport. */
  owns(execution: ExecutionContext): boolean;
  /** The object that all guards, interceptors and parameters of one call share, and no other call. */
  callOf(execution: ExecutionContext): object;
  /** A signal that aborts when the client disconnects. Absent where no handler can learn that. */
  signalOf?(execution: ExecutionContext): AbortSignal;
}

/** A value that an identifier source did not find in a call. */
export interface MissingValue {
  readonly limiterId: string;
  /** The source as it is written, as `body:email`. */
  readonly source: string;
  readonly context: RateLimitContext;
}

/** A denied call, and the error that the guard made of it. */
export interface Denial {
  readonly decision: CompositeDecision;
  readonly taken: readonly TakenLimit[];
  readonly exception: Error;
  readonly context: RateLimitContext;
}

/**
 * Everything that differs between transports. The guard decides; a transport reads what identifies
 * the client, and reports the decision in the transport's own terms.
 */
export interface RateLimitTransport {
  readonly calls: TransportCalls;
  /** Whether `defaultLimiters` apply to handlers without rules of their own. */
  readonly hasDefaultRules: boolean;

  /** What functions of rules receive: request and response of the call. */
  contextOf(execution: ExecutionContext): RateLimitContext;
  /** The pattern of the endpoint for logs and metrics, never what the client sent. */
  endpointOf(context: RateLimitContext): string;
  /** The client's canonical address, or one shared identifier for clients without one. */
  addressOf(context: RateLimitContext): string;
  /** The part of the call in which a named source looks: headers, payload, query, parameters, user. */
  partOf(source: NamedSource, context: RateLimitContext): unknown;
  /** Warns where the application itself is why a source finds no value. */
  explainMissing(missing: MissingValue): void;

  /** Releases leases when the call has ended. */
  releaseAtEnd(
    leases: readonly Lease[],
    requests: readonly AdmissionRequest[],
    context: RateLimitContext,
  ): void;
  /** Shows the decision to the application's own code. Returns it as `@RateLimitDecision()` does. */
  expose(decision: CompositeDecision, context: RateLimitContext): CompositeDecision;
  /** Reports the state of the limits to the client, whether the call is allowed or denied. */
  reportState(
    decision: CompositeDecision,
    taken: readonly TakenLimit[],
    context: RateLimitContext,
  ): void;
  /** The error of a denied call, unless a guard makes its own. */
  exceptionOf(decision: CompositeDecision, message: string): Error;
  /** Denies a call. Returns what the guard throws; null where the transport denies without that. */
  deny(denial: Denial): Error | null;
}

/** Whether a guard is of this package, as a class or an instance. */
export type IsLimiterGuard = (guard: unknown) => boolean;

/** What transports of an application are made of. */
export interface TransportServices {
  readonly http: HttpSettings;
  readonly adapterHost: HttpAdapterHost;
  readonly warnings: WarnOnce;
  readonly warn: (message: string) => void;
  readonly isLimiterGuard: IsLimiterGuard;
}

/** A transport before the application starts. */
export interface TransportDefinition {
  readonly calls: TransportCalls;
  /** Makes the transport of one application. */
  open(services: TransportServices): RateLimitTransport;
}
