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
 * Notices when a handler has ended, for the slots of its request. The innermost interceptor of
 * handlers that need it; it has no state, so one serves all applications of a process.
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

/** Never read: the client is gone, and its slot is free. nginx logs status 499 then. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * The result of a handler, watched for its end. A promise goes on when it is not awaited any more
 * (an outer `timeout()` gave up), so its end is awaited. An Observable ends when it is unsubscribed.
 * Where it does not show what a handler returns, Nest itself unsubscribes Observables only, when the
 * client is gone; else it is taken for a promise, but not for longer than the lease: an Observable
 * without a subscriber may never end.
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
