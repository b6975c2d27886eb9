import {
  HttpException,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable, Subscription } from 'rxjs';
import { handlerKindOf, type HandlerKind } from './handler-kind.js';
import type { AdaptedRequest } from '../response-end.js';
import { slotsOf, type RequestSlots } from './release-on-close.js';

/**
 * Reports the end of a handler to the slots of its request. It is the innermost interceptor of the
 * handlers that need it; it has no state, so one instance serves all applications of a process.
 */
class HandlerEndInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (execution.getType() !== 'http') return next.handle();
    const slots = slotsOf(execution.switchToHttp().getRequest<AdaptedRequest>());
    if (slots === undefined) return next.handle();
    return watched(next.handle(), slots, handlerKindOf(execution));
  }
}

/** The one instance. */
export const handlerEndInterceptor: NestInterceptor = new HandlerEndInterceptor();

/** Never read: the client has disconnected, and its slot is free. nginx logs status 499 then. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * The result of a handler, observed until it ends. A promise continues after an outer `timeout()` has
 * given up, so it is awaited. An Observable ends when it is unsubscribed. Where the kind of the result
 * is not visible: when the client has disconnected, Nest unsubscribes Observables; otherwise it counts
 * as a promise for at most the lease, because an Observable without a subscriber may never end.
 */
function watched(
  source: Observable<unknown>,
  slots: RequestSlots,
  kind: HandlerKind,
): Observable<unknown> {
  return new Observable((subscriber) => {
    if (slots.areFreed) {
      subscriber.error(new HttpException('The client has hung up.', CLIENT_CLOSED_REQUEST));
      return undefined;
    }
    const end = slots.begin();
    const subscription = new Subscription(end);
    subscription.add(
      source.subscribe({
        next: (value) => {
          if (subscriber.closed) subscription.unsubscribe();
          else subscriber.next(value);
        },
        error: (error: unknown) => {
          end();
          subscriber.error(error);
        },
        complete: () => {
          end();
          subscriber.complete();
        },
      }),
    );
    return () => {
      if (kind === 'promise') return;
      if (kind === 'observable' || slots.isOver) subscription.unsubscribe();
      else unsubscribeLater(subscription, slots.longestLeaseMs);
    };
  });
}

function unsubscribeLater(subscription: Subscription, delayMs: number): void {
  if (subscription.closed) return;
  const timer = setTimeout(() => {
    subscription.unsubscribe();
  }, delayMs);
  timer.unref();
  subscription.add(() => {
    clearTimeout(timer);
  });
}
