import { fail, pass, skip, warn, type Finding } from '../check.js';
import { callApplication, type ApplicationTarget, type RouteTarget } from './application.js';

/** The route without `--route`: the limited one of the sample application. */
const GUESSED_ROUTE: RouteTarget = { method: 'GET', path: '/public' };

/** The application cannot be reached. */
export function unreachable({ base }: ApplicationTarget, cause: string): Finding {
  return fail(
    `${base.origin} does not respond: ${cause}.`,
    'Start the application there, or correct `--url`.',
  );
}

/** Whether a health route reports the limiter as healthy. An application may have none. */
export async function urlHealth(target: ApplicationTarget): Promise<Finding> {
  const { base, healthPath } = target;
  const result = await callApplication(base, { method: 'GET', path: healthPath });
  if (!result.isResponse) return unreachable(target, result.cause);
  const detail = `GET ${healthPath} responds with ${String(result.status)}.`;
  if (result.status === 200) return pass(detail);
  return result.status >= 500
    ? fail(detail, 'See the checks of the stores above, and the log of the application.')
    : warn(
        detail,
        'Serve `RateSyncHealthIndicator` of @rate-sync/nestjs/terminus there, or name the route ' +
          'with `--health-path`.',
      );
}

/** Whether metrics of the limiter are exposed. An application may have none. */
export async function urlMetrics(target: ApplicationTarget): Promise<Finding> {
  const { base, metricsPath } = target;
  const result = await callApplication(base, { method: 'GET', path: metricsPath });
  if (!result.isResponse) return unreachable(target, result.cause);
  const { status, body } = result;
  if (status === 200 && /^(# (HELP|TYPE) )?rate_limit_/m.test(body)) {
    return pass(`GET ${metricsPath} exposes rate_limit_ metrics.`);
  }
  const detail =
    status === 200
      ? `GET ${metricsPath} has no rate_limit_ metric.`
      : `GET ${metricsPath} responds with ${String(status)}.`;
  return warn(
    detail,
    'Import `RateSyncPrometheusModule.forRoot()` of @rate-sync/nestjs/prometheus, or name the ' +
      'route with `--metrics-path`.',
  );
}

/** Whether a limited route sends RateLimit headers. */
export async function urlHeaders(target: ApplicationTarget): Promise<Finding> {
  const { base, route } = target;
  const called = route ?? GUESSED_ROUTE;
  const name = `${called.method} ${called.path}`;
  const result = await callApplication(base, called);
  if (!result.isResponse) return unreachable(target, result.cause);
  const { headers, status } = result;
  const present = ['ratelimit', 'ratelimit-policy', 'x-ratelimit-limit'].filter((header) =>
    headers.has(header),
  );
  if (present.length > 0) return pass(`${name} sends ${present.join(', ')}.`);
  if (route === null && status === 404) {
    return skip(`${name} does not exist. Name a limited route with \`--route\`.`);
  }
  return fail(
    `${name} responds with ${String(status)} and without RateLimit headers.`,
    'Put `@RateLimit(…)` on the route and import `RateSyncModule`, and do not set ' +
      '`[http] headers = []`. An unavailable store omits them too.',
  );
}
