import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { AcquireTimeoutError } from '../../../../core/errors/index.js';
import type { RateSync } from '../../../../runtime/rate-sync.js';
import { applicationFilters, catchesByClass, catchesEverything } from './application-filters.js';
import { CONTENT_TYPE } from '../header-names.js';
import {
  RateLimitExceededException,
  RateLimitUnavailableException,
} from '../rate-limit.exceptions.js';
import {
  acquireTimedOut,
  isProblem,
  PROBLEM_JSON,
  type DenialException,
} from '../denial-response.js';
import { RATE_SYNC } from '../../../tokens.js';

/**
 * Writes the response of denials over HTTP, also of those that a handler throws, and of `acquire`
 * calls that timed out, with their headers. A filter of the application that catches the same writes
 * the response instead, with the headers already set. On other transports it does nothing.
 */
@Catch(RateLimitExceededException, RateLimitUnavailableException, AcquireTimeoutError)
export class RateLimitFilter extends BaseExceptionFilter {
  readonly #rateSync: RateSync;
  readonly #adapterHost: HttpAdapterHost;
  readonly #modules: ModulesContainer;
  /** They do not change after the start. */
  #filters: readonly ExceptionFilter[] | undefined;

  constructor(
    @Inject(RATE_SYNC) rateSync: RateSync,
    @Inject(HttpAdapterHost) adapterHost: HttpAdapterHost,
    @Inject(ModulesContainer) modules: ModulesContainer,
  ) {
    super();
    this.#rateSync = rateSync;
    this.#adapterHost = adapterHost;
    this.#modules = modules;
  }

  override catch(error: DenialException | AcquireTimeoutError, host: ArgumentsHost): unknown {
    if (host.getType() !== 'http') return undefined;
    const { errors } = this.#rateSync.http;
    const isTimeout = error instanceof AcquireTimeoutError;
    const exception = isTimeout ? acquireTimedOut(error, errors) : error;
    const response: unknown = host.getArgByIndex(1);
    this.#setHeaders(response, exception.headers);

    const other = this.#otherFor(error, exception);
    if (other !== undefined) {
      const isNamed = catchesByClass(other, error);
      return other.catch(isNamed ? error : exception, host);
    }
    if (isProblem(exception)) return this.#replyWithProblem(exception, response);
    super.catch(exception, host);
    return undefined;
  }

  /** As text: the Express adapter of Nest 11 gives an object with this media type that of JSON. */
  #replyWithProblem(exception: DenialException, response: unknown): unknown {
    const { httpAdapter } = this.#adapterHost;
    if (httpAdapter.isHeadersSent(response)) return httpAdapter.end(response);
    this.#setHeaders(response, { [CONTENT_TYPE.usual]: PROBLEM_JSON });
    const body = JSON.stringify(exception.getResponse());
    return httpAdapter.reply(response, body, exception.getStatus());
  }

  /** The filter that Nest would choose without this one: the last that matches. */
  #otherFor(error: Error, exception: Error): ExceptionFilter | undefined {
    this.#filters ??= applicationFilters(this.#modules);
    return this.#filters.findLast(
      (filter) =>
        filter !== this &&
        (catchesEverything(filter) ||
          catchesByClass(filter, error) ||
          catchesByClass(filter, exception)),
    );
  }

  /** A response that has begun (a stream) keeps its headers. */
  #setHeaders(response: unknown, headers: Readonly<Record<string, string>>): void {
    const { httpAdapter } = this.#adapterHost;
    if (httpAdapter.isHeadersSent(response)) return;
    for (const [name, value] of Object.entries(headers)) {
      httpAdapter.setHeader(response, name, value);
    }
  }
}
