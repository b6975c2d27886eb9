import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { CompositeDecision } from '../../core/decision.js';
import { allCalled, whenReady, type MaybePromise } from '../../core/maybe-promise.js';
import type { Admission, AdmissionRequest } from '../../limiter/limiter-set.js';
import type { RateSync } from '../../runtime/rate-sync.js';
import { compose } from '../../limiter/composite.js';
import { CONTENT_TYPE } from '../transports/http/header-names.js';
import {
  retryAfterSeconds,
  writeHeaders,
  writeDenial,
  type SetHeader,
} from '../transports/http/headers.js';
import { endpointOf } from '../transports/http/http-transport.js';
import type { RateLimitedRequest } from '../decorators/rate-limit-decision.decorator.js';
import { setRetryAfter } from '../transports/http/rate-limit.exceptions.js';
import { PROBLEM_JSON, denialResponse } from '../transports/http/denial-response.js';
import { RoutePlans, type RoutePlan } from './route-plans.js';
import type { RateLimitContext } from '../decorators/rules.js';
import { keepRecord, recordOf, takenBy, untaken, type TakenLimit } from './call-record.js';
import { DecisionOnRequest } from '../transports/http/request-decision.js';
import {
  isResponse,
  type AdaptedRequest,
  type AdaptedResponse,
} from '../transports/http/response-end.js';
import { releaseOnClose } from '../transports/http/slots/release-on-close.js';
import { RATE_SYNC, RATE_SYNC_PLANS } from '../tokens.js';
import { UnsupportedTransport } from '../transports/unsupported-transport.js';
import { withdrawRetryAfterOnSuccess } from '../transports/http/withdraw-retry-after.js';

/**
 * Enforces `@RateLimit` on HTTP routes, on Express and on Fastify.
 *
 * The module registers it for all routes unless `globalGuard` is false. To change how it works,
 * extend it and override a protected method; `RateSyncModule` then gets `globalGuard: false` and
 * the application provides the subclass as `APP_GUARD`.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  readonly #unsupported = new UnsupportedTransport();

  constructor(
    @Inject(RATE_SYNC) protected readonly rateSync: RateSync,
    @Inject(RATE_SYNC_PLANS) private readonly plans: RoutePlans,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** Answers synchronously where nothing has to be waited for. */
  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    const handler = execution.getHandler();
    const plan =
      execution.getType() === 'http'
        ? this.plans.of(handler, execution.getClass())
        : this.plans.ownOf(handler, execution.getClass());
    if (plan === null) return true;
    return whenReady(this.shouldSkip(execution), (skip) =>
      skip ? true : this.#enforce(plan, execution),
    );
  }

  /** Lifts all limits from one request. Default: never. */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- for those who override it
  protected shouldSkip(_execution: ExecutionContext): MaybePromise<boolean> {
    return false;
  }

  /**
   * The request and the response of an execution. Default: those of HTTP; a rule on a handler of
   * another transport is an error, which the log explains.
   */
  protected getRequestResponse(
    execution: ExecutionContext,
  ): Pick<RateLimitContext, 'request' | 'response'> {
    if (execution.getType() !== 'http') throw this.#unsupported.errorFor(execution);
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
    return denialResponse(decision, message, this.rateSync.http.errors);
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
      );
    }
    return whenReady(allCalled(plan.map((resolve) => () => resolve(context))), (wanted) =>
      this.#admit(
        wanted.filter((one) => one !== null),
        context,
      ),
    );
  }

  #admit(wanted: readonly AdmissionRequest[], context: RateLimitContext): MaybePromise<boolean> {
    const missing = untaken(wanted, recordOf(context.execution)?.taken);
    if (missing.length === 0) return true;
    const admission = this.rateSync.limiters.admit(missing, () => endpointOf(context));
    return whenReady(admission, (admitted) => this.#conclude(admitted, missing, context));
  }

  #conclude(
    admission: Admission,
    asked: readonly AdmissionRequest[],
    context: RateLimitContext,
  ): MaybePromise<boolean> {
    releaseOnClose(admission.leases, asked, context);
    const before = recordOf(context.execution)?.taken;
    const now = takenBy(asked, admission);
    const taken = before === undefined ? now : [...before, ...now];
    const decision =
      before === undefined
        ? admission.decision
        : compose(
            taken.map(({ answer }) => answer.decision),
            'all',
          );
    keepRecord(context.execution, { taken, decision });
    putOnRequest(decision, context);
    const refused = this.#respond(decision, taken, context);
    return refused === null ? true : rejectSoon(refused);
  }

  /**
   * Writes the headers. Gives the exception of a refused request, which is not thrown: unwinding the
   * stack costs more than the decision.
   */
  #respond(
    decision: CompositeDecision,
    taken: readonly TakenLimit[],
    { response }: RateLimitContext,
  ): Error | null {
    const set = this.#setterFor(response);
    const { headers, errors } = this.rateSync.http;
    writeHeaders(headers, taken, decision, set);
    if (decision.allowed) return null;

    const binding = taken.find(({ answer }) => answer.decision === decision.binding) ?? taken[0];
    if (binding === undefined) return null;
    const seconds = retryAfterSeconds(binding.policy, decision.binding.retryAfterMs);
    writeDenial(seconds, set);
    if (isResponse(response)) withdrawRetryAfterOnSuccess(response);
    if (errors === 'problem') set(CONTENT_TYPE, PROBLEM_JSON);
    const exception = this.createException(decision, this.getErrorMessage(decision, seconds));
    setRetryAfter(exception, seconds);
    return exception;
  }

  /** Sets headers where there is a response; a message on a socket has none. */
  #setterFor(response: unknown): SetHeader {
    if (!isResponse(response)) return () => undefined;
    const { httpAdapter } = this.adapterHost;
    const isFastify = httpAdapter.getType() === 'fastify';
    return ({ usual, lower }, value) => {
      httpAdapter.setHeader(response, isFastify ? lower : usual, value);
    };
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

/** Where one request is one call, it shows what was decided. */
function putOnRequest(
  decision: CompositeDecision,
  { request, response, execution }: RateLimitContext<unknown, unknown>,
): void {
  if (execution.getType() !== 'http') return;
  const limited = request as RateLimitedRequest & AdaptedRequest;
  limited.rateLimit = new DecisionOnRequest(decision, limited, response as AdaptedResponse);
}
