import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { CompositeDecision } from '../../core/decision.js';
import { InvalidUsageError } from '../../core/errors/index.js';
import { allCalled, whenReady, type MaybePromise } from '../../core/maybe-promise.js';
import { compose } from '../../limiter/composite.js';
import type { Admission, AdmissionRequest } from '../../limiter/limiter-set.js';
import type { RateLimitContext } from '../decorators/rules.js';
import { RATE_LIMIT_GUARD_SERVICES } from '../tokens.js';
import { keepRecord, recordOf } from '../transports/call-record.js';
import type { RateLimitTransport } from '../transports/transport.js';
import type { GuardServices } from './guard-services.js';
import type { RoutePlan } from './route-plans.js';
import { takenBy, untaken } from './taken-limits.js';

/** The property that Nest injects; a symbol, so that no field of a subclass has its name. */
const SERVICES = Symbol.for('@rate-sync/nestjs:guard-services:property');

/** A call with limits. */
interface LimitedCall {
  readonly transport: RateLimitTransport;
  readonly context: RateLimitContext;
}

/**
 * Enforces `@RateLimit`.
 *
 * The module registers it for all routes unless `globalGuard` is false. To change how it works,
 * extend it, override a protected method and pass the class to the module: `guard: MyGuard`. A
 * subclass may have a constructor of its own, which calls `super()`; Nest has to make the instance.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  /** Returns synchronously where nothing has to be awaited. */
  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    const { plans } = this.#services.transportOf(execution);
    const plan = plans.of(execution.getHandler(), execution.getClass());
    if (plan === null) return true;
    return whenReady(this.shouldSkip(execution), (skip) =>
      skip ? true : this.#enforce(plan, execution),
    );
  }

  /** Lifts all limits from one call. Default: never. */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- for those who override it
  protected shouldSkip(_context: ExecutionContext): MaybePromise<boolean> {
    return false;
  }

  /** The message of a denial, in the language of the client if you like. */
  protected getErrorMessage(_context: ExecutionContext, { binding }: CompositeDecision): string {
    if (binding.reason === 'fail_closed') {
      return 'The rate limiter is unavailable, and this route is closed without it.';
    }
    if (binding.retryAfterMs === Number.POSITIVE_INFINITY) {
      return `This request asks for more than the limit of ${String(binding.limit)} ever allows.`;
    }
    const seconds = Math.max(1, Math.ceil(binding.retryAfterMs / 1_000));
    const wait = seconds === 1 ? '1 second' : `${String(seconds)} seconds`;
    return `Too many requests. Try again in ${wait}.`;
  }

  /** The exception of a denied call, with the message of `getErrorMessage`. */
  protected createException(context: ExecutionContext, decision: CompositeDecision): Error {
    const message = this.getErrorMessage(context, decision);
    return this.#services.requireTransport(context).exceptionOf(decision, message);
  }

  get #services(): GuardServices {
    const services = (this as { readonly [SERVICES]?: GuardServices })[SERVICES];
    if (services !== undefined) return services;
    throw new InvalidUsageError(
      `${this.constructor.name} was not made by Nest. Provide the class (useClass), or name it in ` +
        '@UseGuards(), instead of using new.',
    );
  }

  #enforce(plan: NonNullable<RoutePlan>, execution: ExecutionContext): MaybePromise<boolean> {
    const transport = this.#services.requireTransport(execution);
    const context = transport.contextOf(execution);
    const [resolveOnly] = plan;
    if (resolveOnly !== undefined && plan.length === 1) {
      return whenReady(resolveOnly(context), (wanted) =>
        wanted === null ? true : this.#admit([wanted], { transport, context }),
      );
    }
    return whenReady(allCalled(plan.map((resolve) => () => resolve(context))), (wanted) =>
      this.#admit(
        wanted.filter((one) => one !== null),
        { transport, context },
      ),
    );
  }

  #admit(wanted: readonly AdmissionRequest[], call: LimitedCall): MaybePromise<boolean> {
    const { transport, context } = call;
    const taken = recordOf(transport.calls.callOf(context.execution))?.taken;
    const missing = untaken(wanted, taken);
    if (missing.length === 0) return true;
    const admission = this.#services.limiters.admit(missing, () => transport.endpointOf(context));
    return whenReady(admission, (admitted) => this.#conclude(admitted, missing, call));
  }

  #conclude(
    admission: Admission,
    requests: readonly AdmissionRequest[],
    { transport, context }: LimitedCall,
  ): MaybePromise<boolean> {
    transport.releaseAtEnd(admission.leases, requests, context);
    const call = transport.calls.callOf(context.execution);
    const before = recordOf(call)?.taken;
    const now = takenBy(requests, admission);
    const taken = before === undefined ? now : [...before, ...now];
    const decision =
      before === undefined
        ? admission.decision
        : compose(
            taken.map(({ answer }) => answer.decision),
            'all',
          );
    keepRecord(call, { taken, decision: transport.expose(decision, context) });
    transport.reportState(decision, taken, context);
    if (decision.allowed) return true;
    const exception = this.createException(context.execution, decision);
    const error = transport.deny({ decision, taken, exception, context });
    return error === null ? true : rejectSoon(error);
  }
}

Inject(RATE_LIMIT_GUARD_SERVICES)(RateLimitGuard.prototype, SERVICES);

const settled = Promise.resolve();

/**
 * A promise that rejects two microtasks later, when its handler is attached. Node reports an earlier
 * rejection as unhandled and takes that back, which costs as much as the rest of the guard; so does
 * a throw, which unwinds the stack.
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
