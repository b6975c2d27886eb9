/**
 * The name of a header as standards write it, and as Fastify keeps it. Given the former it would work
 * the latter out anew for each header of each response, which is a tenth of what the guard costs.
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
