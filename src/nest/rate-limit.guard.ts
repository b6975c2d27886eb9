import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { CompositeDecision } from '../core/decision.js';
import { InvalidUsageError } from '../core/errors.js';
import { allCalled, whenReady, type MaybePromise } from '../core/maybe-promise.js';
import type { Admission, AdmissionRequest, RateSync } from '../runtime/rate-sync.js';
import { compose } from '../limiter/composite.js';
import { CONTENT_TYPE } from './header-names.js';
import {
  retryAfterSeconds,
  writeHeaders,
  writeRefusal,
  type AnsweredPolicy,
  type SetHeader,
} from './headers.js';
import type { RateLimitedRequest } from './rate-limit-decision.decorator.js';
import { refusal } from './refusal.js';
import { RoutePlans, type RoutePlan } from './route-plans.js';
import type { RateLimitContext } from './rules.js';
import { DecisionOnRequest } from './request-decision.js';
import type { AdaptedRequest, AdaptedResponse } from './response-end.js';
import { holdUntilEnd } from './slot-release.js';
import { RATE_SYNC, RATE_SYNC_PLANS } from './tokens.js';

/** What a request has taken already, so that a second guard does not take it again. */
interface Taken extends AnsweredPolicy {
  readonly request: AdmissionRequest;
}

const TAKEN = Symbol.for('@rate-sync/nestjs:taken');

interface GuardedRequest extends RateLimitedRequest {
  [TAKEN]?: readonly Taken[];
}

/**
 * Enforces `@RateLimit` on HTTP routes, on Express and on Fastify.
 *
 * The module registers it for all routes unless `globalGuard` is false. To change how it works,
 * extend it and override a protected method; `RateSyncModule` then gets `globalGuard: false` and
 * the application provides the subclass as `APP_GUARD`.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    @Inject(RATE_SYNC) protected readonly rateSync: RateSync,
    @Inject(RATE_SYNC_PLANS) private readonly plans: RoutePlans,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** Answers synchronously where nothing has to be waited for. */
  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    const plan = this.plans.of(execution.getHandler(), execution.getClass());
    if (plan === null) return true;
    return whenReady(this.shouldSkip(execution), (skip) =>
      skip ? true : this.#enforce(plan, execution),
    ) as MaybePromise<boolean>;
  }

  /** Lifts all limits from one request. Default: never. */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- for those who override it
  protected shouldSkip(_execution: ExecutionContext): MaybePromise<boolean> {
    return false;
  }

  /** The request and the response of an execution. Default: those of HTTP. */
  protected getRequestResponse(
    execution: ExecutionContext,
  ): Pick<RateLimitContext, 'request' | 'response'> {
    if (execution.getType() !== 'http') {
      throw new InvalidUsageError(
        `@RateLimit works on HTTP routes, not on "${execution.getType()}". Take the limit in the ` +
          'handler with an injected limiter, or override getRequestResponse.',
      );
    }
    const http = execution.switchToHttp();
    return { request: http.getRequest<unknown>(), response: http.getResponse<unknown>() };
  }

  /** The message of a refusal. */
  protected getErrorMessage({ binding }: CompositeDecision, retryAfterSeconds: number): string {
    if (binding.reason === 'fail_closed') {
      return 'The rate limiter is unavailable, and this route is closed without it.';
    }
    if (binding.retryAfterMs === Number.POSITIVE_INFINITY) {
      return `This request asks for more than the limit of ${String(binding.limit)} ever allows.`;
    }
    const seconds = retryAfterSeconds === 1 ? '1 second' : `${String(retryAfterSeconds)} seconds`;
    return `Too many requests. Try again in ${seconds}.`;
  }

  /** The exception of a refused request. */
  protected createException(decision: CompositeDecision, message: string): Error {
    return refusal(decision, message, this.rateSync.http.errors);
  }

  #enforce(plan: NonNullable<RoutePlan>, execution: ExecutionContext): MaybePromise<boolean> {
    const http: { request: unknown; response: unknown } = this.getRequestResponse(execution);
    const context: RateLimitContext = {
      request: http.request,
      response: http.response,
      execution,
    };
    const [resolveOnly] = plan;
    if (resolveOnly !== undefined && plan.length === 1) {
      return whenReady(resolveOnly(context), (wanted) =>
        wanted === null ? true : this.#admit([wanted], context),
      ) as MaybePromise<boolean>;
    }
    return whenReady(allCalled(plan.map((resolve) => () => resolve(context))), (wanted) =>
      this.#admit(
        wanted.filter((one) => one !== null),
        context,
      ),
    ) as MaybePromise<boolean>;
  }

  #admit(wanted: readonly AdmissionRequest[], context: RateLimitContext): MaybePromise<boolean> {
    const request = context.request as GuardedRequest;
    const missing = untaken(wanted, request[TAKEN]);
    if (missing.length === 0) return true;
    const admission = this.rateSync.admit(missing, () => endpointOf(context));
    return whenReady(admission, (admitted) =>
      this.#conclude(admitted, missing, context),
    ) as MaybePromise<boolean>;
  }

  #conclude(
    admission: Admission,
    asked: readonly AdmissionRequest[],
    context: RateLimitContext,
  ): MaybePromise<boolean> {
    const request = context.request as GuardedRequest & AdaptedRequest;
    const response = context.response as AdaptedResponse;
    if (admission.leases.length > 0) {
      const { leases } = admission;
      holdUntilEnd({ leases, leaseMs: longestLeaseMs(asked) }, request, response);
    }
    const before = request[TAKEN];
    const now = takenBy(asked, admission);
    const taken = before === undefined ? now : [...before, ...now];
    const decision =
      before === undefined
        ? admission.decision
        : compose(
            taken.map(({ answer }) => answer.decision),
            'all',
          );
    request[TAKEN] = taken;
    request.rateLimit = new DecisionOnRequest(decision, request, response);
    const refused = this.#respond(decision, taken, context);
    return refused === null ? true : rejectSoon(refused);
  }

  /**
   * Writes the headers. Gives the exception of a refused request, which is not thrown: unwinding the
   * stack costs more than the decision.
   */
  #respond(
    decision: CompositeDecision,
    taken: readonly Taken[],
    { response }: RateLimitContext,
  ): Error | null {
    const { httpAdapter } = this.adapterHost;
    const isFastify = httpAdapter.getType() === 'fastify';
    const set: SetHeader = ({ usual, lower }, value) => {
      httpAdapter.setHeader(response, isFastify ? lower : usual, value);
    };
    const { headers, errors } = this.rateSync.http;
    writeHeaders(headers, taken, decision, set);
    if (decision.allowed) return null;

    const binding = taken.find(({ answer }) => answer.decision === decision.binding) ?? taken[0];
    if (binding === undefined) return null;
    writeRefusal(binding.policy, decision, set);
    if (errors === 'problem') set(CONTENT_TYPE, 'application/problem+json');
    const seconds = retryAfterSeconds(binding.policy, decision.binding.retryAfterMs);
    return this.createException(decision, this.getErrorMessage(decision, seconds));
  }
}

const settled = Promise.resolve();

/**
 * A promise that rejects two turns of the microtasks later, when the caller listens to it. One that
 * rejects before that is put down as unhandled by Node and struck off again, which costs as much as
 * everything else that the guard does.
 */
function rejectSoon(error: Error): Promise<never> {
  return new Promise((_, reject) => {
    void settled
      .then(() => undefined)
      .then(() => {
        reject(error);
      });
  });
}

function longestLeaseMs(asked: readonly AdmissionRequest[]): number {
  return Math.max(...asked.map(({ limiter: { policy } }) => policy.concurrency?.leaseMs ?? 0));
}

/** What is wanted and neither taken by an earlier guard nor named twice. */
function untaken(
  wanted: readonly AdmissionRequest[],
  taken: readonly Taken[] = [],
): readonly AdmissionRequest[] {
  if (wanted.length === 1 && taken.length === 0) return wanted;
  const seen = taken.map(({ request }) => request);
  return wanted.filter((request) => {
    const isKnown = seen.some(
      ({ limiter, identifier }) => limiter === request.limiter && identifier === request.identifier,
    );
    if (!isKnown) seen.push(request);
    return !isKnown;
  });
}

function takenBy(asked: readonly AdmissionRequest[], { answers }: Admission): Taken[] {
  const taken: Taken[] = [];
  asked.forEach((request, index) => {
    const answer = answers[index];
    if (answer !== undefined) taken.push({ request, answer, policy: request.limiter.policy });
  });
  return taken;
}

/** The pattern of the route, never the URL that was called. */
function endpointOf({ request, execution }: RateLimitContext): string {
  const { method, route, routeOptions } = request as {
    method?: string;
    route?: { path?: unknown };
    routeOptions?: { url?: unknown };
  };
  const pattern = route?.path ?? routeOptions?.url;
  if (typeof pattern === 'string') return `${method ?? ''} ${pattern}`;
  return `${execution.getClass().name}.${execution.getHandler().name}`;
}
