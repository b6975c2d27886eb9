/**
 * The name of a header as standards write it, and in lower case, as Fastify keeps it. Fastify would
 * convert the former for each header of each response, which is a tenth of the guard's cost.
 */
export interface HeaderName {
  readonly usual: string;
  readonly lower: string;
}

function named(usual: string): HeaderName {
  return { usual, lower: usual.toLowerCase() };
}

export const RATE_LIMIT_POLICY = named('RateLimit-Policy');
export const RATE_LIMIT = named('RateLimit');
export const LEGACY_LIMIT = named('X-RateLimit-Limit');
export const LEGACY_REMAINING = named('X-RateLimit-Remaining');
export const LEGACY_RESET = named('X-RateLimit-Reset');
export const RETRY_AFTER = named('Retry-After');
export const CACHE_CONTROL = named('Cache-Control');
export const CONTENT_TYPE = named('Content-Type');
