import type { ExecutionContext } from '@nestjs/common';
import type { CompositeDecision } from '../../../core/decision.js';
import type { NamedSource } from '../../../identifiers/identifier-source.js';
import type { Lease } from '../../../limiter/limiter.js';
import type { AdmissionRequest } from '../../../limiter/limiter-set.js';
import type { RateLimitContext } from '../../decorators/rules.js';
import type { TakenLimit } from '../call-record.js';
import type {
  Denial,
  MissingValue,
  RateLimitTransport,
  TransportDefinition,
  TransportServices,
} from '../transport.js';
import { ClientIp, type AddressedRequest } from './client-ip.js';
import { denialResponse, PROBLEM_JSON } from './denial-response.js';
import { GuardOrderWarning } from './guard-order-warning.js';
import { CONTENT_TYPE } from './header-names.js';
import { retryAfterSeconds, writeDenial, writeHeaders, type SetHeader } from './headers.js';
import { httpCalls } from './http-calls.js';
import { setRetryAfter } from './rate-limit.exceptions.js';
import { DecisionOnRequest, type RateLimitedRequest } from './request-decision.js';
import { isResponse, type AdaptedRequest, type AdaptedResponse } from './response-end.js';
import { releaseOnClose } from './slots/release-on-close.js';
import { warnOfUnparsedBody } from './unparsed-body.js';
import { withdrawRetryAfterOnSuccess } from './withdraw-retry-after.js';

/** The fields of a request that named sources read. */
const FIELDS: Readonly<Record<NamedSource, string>> = {
  header: 'headers',
  body: 'body',
  query: 'query',
  param: 'params',
  user: 'user',
};

const BODY = 'body:';
const USER = 'user:';

/** HTTP routes, on Express and on Fastify. */
class HttpTransport implements RateLimitTransport {
  readonly calls = httpCalls;
  readonly hasDefaultRules = true;
  readonly #services: TransportServices;
  readonly #clientIp: ClientIp;
  readonly #guardOrder: GuardOrderWarning;

  constructor(services: TransportServices) {
    const { http, warn, warnings, isLimiterGuard } = services;
    this.#services = services;
    this.#clientIp = new ClientIp(http, warn);
    this.#guardOrder = new GuardOrderWarning(warnings, isLimiterGuard, endpointOf);
  }

  contextOf(execution: ExecutionContext): RateLimitContext {
    return {
      request: execution.getArgByIndex<unknown>(0),
      response: execution.getArgByIndex<unknown>(1),
      execution,
    };
  }

  endpointOf(context: RateLimitContext): string {
    return endpointOf(context);
  }

  addressOf({ request }: RateLimitContext): string {
    return this.#clientIp.of(request as AddressedRequest);
  }

  partOf(source: NamedSource, { request }: RateLimitContext<Fields>): unknown {
    // A middleware of Fastify sets the user on Node's own request.
    if (source === 'user')
      return request['user'] ?? (request['raw'] as Fields | undefined)?.['user'];
    return request[FIELDS[source]];
  }

  explainMissing(missing: MissingValue): void {
    if (missing.source.startsWith(USER)) this.#guardOrder.check(missing);
    if (missing.source.startsWith(BODY)) warnOfUnparsedBody(missing, this.#services.warnings);
  }

  releaseAtEnd(
    leases: readonly Lease[],
    requests: readonly AdmissionRequest[],
    context: RateLimitContext<AdaptedRequest>,
  ): void {
    releaseOnClose(leases, requests, context);
  }

  /** One request is one call, so the decision is on it, too. */
  expose(
    decision: CompositeDecision,
    { request, response }: RateLimitContext<RateLimitedRequest & AdaptedRequest, AdaptedResponse>,
  ): CompositeDecision {
    const exposed = new DecisionOnRequest(decision, request, response);
    request.rateLimit = exposed;
    return exposed;
  }

  reportState(
    decision: CompositeDecision,
    taken: readonly TakenLimit[],
    { response }: RateLimitContext,
  ): void {
    writeHeaders(this.#services.http.headers, taken, decision, this.#setterFor(response));
  }

  exceptionOf(decision: CompositeDecision, message: string): Error {
    return denialResponse(decision, message, this.#services.http.errors);
  }

  deny({ decision, taken, exception, context: { response } }: Denial): Error | null {
    const binding = taken.find(({ answer }) => answer.decision === decision.binding) ?? taken[0];
    if (binding === undefined) return null;
    const set = this.#setterFor(response);
    const seconds = retryAfterSeconds(binding.policy, decision.binding.retryAfterMs);
    writeDenial(seconds, set);
    if (isResponse(response)) withdrawRetryAfterOnSuccess(response);
    if (this.#services.http.errors === 'problem') set(CONTENT_TYPE, PROBLEM_JSON);
    setRetryAfter(exception, seconds);
    return exception;
  }

  #setterFor(response: unknown): SetHeader {
    if (!isResponse(response)) return () => undefined;
    const { httpAdapter } = this.#services.adapterHost;
    const isFastify = httpAdapter.getType() === 'fastify';
    return ({ usual, lower }, value) => {
      httpAdapter.setHeader(response, isFastify ? lower : usual, value);
    };
  }
}

export const httpTransport: TransportDefinition = {
  calls: httpCalls,
  open: (services) => new HttpTransport(services),
};

type Fields = Readonly<Record<string, unknown>>;

interface RoutedRequest {
  readonly method?: string;
  /** Express. */
  readonly route?: { readonly path?: unknown };
  /** Fastify. */
  readonly routeOptions?: { readonly url?: unknown };
}

/** The pattern of the route, never the URL that was called. */
function endpointOf({ request, execution }: RateLimitContext): string {
  const { method, route, routeOptions } = request as RoutedRequest;
  const pattern = route?.path ?? routeOptions?.url;
  if (typeof pattern === 'string') return `${method ?? ''} ${pattern}`;
  return `${execution.getClass().name}.${execution.getHandler().name}`;
}
