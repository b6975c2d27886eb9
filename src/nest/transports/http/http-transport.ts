import type { RateLimitContext } from '../../decorators/rules.js';

/** The pattern of the route, never the URL that was called. */
export function endpointOf({ request, execution }: RateLimitContext): string {
  const { method, route, routeOptions } = request as {
    method?: string;
    route?: { path?: unknown };
    routeOptions?: { url?: unknown };
  };
  const pattern = route?.path ?? routeOptions?.url;
  if (typeof pattern === 'string') return `${method ?? ''} ${pattern}`;
  return `${execution.getClass().name}.${execution.getHandler().name}`;
}
