import { fail, pass, skip, type Finding } from '../check.js';
import { askApplication, type ApplicationTarget, type RouteTarget } from './application.js';

/** Asked for headers when no route is named: the limited route of the sample application. */
const GUESSED_ROUTE: RouteTarget = { method: 'GET', path: '/public' };

/** The application does not answer at all; its address is told without credentials. */
export const START_IT = 'Start the application there, or correct `--url`.';

/** Whether the health route says that the limiter is well. */
export async function urlHealth({ base, healthPath }: ApplicationTarget): Promise<Finding> {
  const answer = await askApplication(base, { method: 'GET', path: healthPath });
  if (!answer.isAnswer) return fail(`${base.origin} does not answer: ${answer.cause}.`, START_IT);
  if (answer.status === 200) return pass(`GET ${healthPath} answers 200.`);
  const detail = `GET ${healthPath} answers ${String(answer.status)}.`;
  return answer.status === 503
    ? fail(detail, 'A store does not answer the application: see its checks above and the log.')
    : fail(
        detail,
        'Serve `RateSyncHealthIndicator` of @rate-sync/nestjs/terminus there, or name the route ' +
          'with `--health-path`.',
      );
}

/** Whether metrics of the limiter are exposed. */
export async function urlMetrics({ base, metricsPath }: ApplicationTarget): Promise<Finding> {
  const answer = await askApplication(base, { method: 'GET', path: metricsPath });
  if (!answer.isAnswer) return fail(`${base.origin} does not answer: ${answer.cause}.`, START_IT);
  const { status, body } = answer;
  if (status === 200 && /^(# (HELP|TYPE) )?rate_limit_/m.test(body)) {
    return pass(`GET ${metricsPath} exposes rate_limit_ metrics.`);
  }
  const detail =
    status === 200
      ? `GET ${metricsPath} has no rate_limit_ metric.`
      : `GET ${metricsPath} answers ${String(status)}.`;
  return fail(
    detail,
    'Import `RateSyncPrometheusModule.forRoot()` of @rate-sync/nestjs/prometheus, or name the ' +
      'route with `--metrics-path`.',
  );
}

/** Whether a limited route tells its callers what is left. */
export async function urlHeaders({ base, route }: ApplicationTarget): Promise<Finding> {
  const asked = route ?? GUESSED_ROUTE;
  const name = `${asked.method} ${asked.path}`;
  const answer = await askApplication(base, asked);
  if (!answer.isAnswer) return fail(`${base.origin} does not answer: ${answer.cause}.`, START_IT);
  const { headers, status } = answer;
  const present = ['ratelimit', 'ratelimit-policy', 'x-ratelimit-limit'].filter((header) =>
    headers.has(header),
  );
  if (present.length > 0) return pass(`${name} sends ${present.join(', ')}.`);
  if (route === null && status === 404) {
    return skip(`there is no ${name}. Name a limited route with \`--route\`.`);
  }
  return fail(
    `${name} answers ${String(status)} without RateLimit headers.`,
    'Put `@RateLimit(…)` on the route and import `RateSyncModule`, and do not set ' +
      '`[http] headers = []`. A store that is away leaves them out too.',
  );
}
