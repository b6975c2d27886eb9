import { fail, pass, skip, warn, type Finding } from '../check.js';
import { askApplication, type ApplicationTarget, type HttpAnswer } from './application.js';
import { START_IT } from './url-checks.js';

const MOST_REQUESTS = 1_000;
const AT_ONCE = 20;
const BOUND_MS = 30_000;

/**
 * Whether a route refuses at last. Calls it until it answers 429, at most a thousand times and for
 * half a minute, and only when it was named: the calls count, and the route may do something.
 */
export async function urlLimit({ base, route }: ApplicationTarget): Promise<Finding> {
  if (route === null) {
    return skip(
      'not tried: it calls a route until it refuses. Name one with `--route` that may be called.',
    );
  }
  const name = `${route.method} ${route.path}`;
  const startMs = performance.now();
  let sent = 0;
  let first: HttpAnswer | null = null;
  while (sent < MOST_REQUESTS && performance.now() - startMs < BOUND_MS) {
    const size: number = first === null ? 1 : Math.min(AT_ONCE, MOST_REQUESTS - sent);
    const asked = Array.from({ length: size }, () => askApplication(base, route));
    const answers = await Promise.all(asked);
    sent += size;
    first ??= answers[0] ?? null;
    const lost = answers.find((answer) => !answer.isAnswer);
    if (lost !== undefined) return fail(`${base.origin} does not answer: ${lost.cause}.`, START_IT);
    const statuses = answers.map((answer) => (answer.isAnswer ? answer.status : 0));
    if (statuses.includes(429)) return pass(`${name} answered 429 within ${String(sent)} calls.`);
    if (statuses.includes(503)) {
      return fail(
        `${name} answers 503: its store does not answer.`,
        'See the checks of the store above, and the log of the application.',
      );
    }
    if (statuses.includes(404)) {
      return fail(`${name} answers 404.`, 'Correct `--route`, or `--url`.');
    }
  }
  return judgeUnlimited(name, sent, first);
}

/** A limit may be too high to be reached; then the headers say so. */
function judgeUnlimited(name: string, sent: number, first: HttpAnswer | null): Finding {
  const quota = first?.isAnswer === true ? quotaOf(first.headers) : null;
  const detail = `${name} refused none of ${String(sent)} calls`;
  return quota !== null && quota >= sent / 2
    ? warn(
        `${detail}: its limit of ${String(quota)} could not be reached.`,
        'Name a route with a lower limit, or test this one with a load generator.',
      )
    : fail(`${detail}.`, 'Put `@RateLimit(…)` on the route, and import `RateSyncModule`.');
}

/** The smallest quota that the headers name. */
function quotaOf(headers: Headers): number | null {
  const policy = headers.get('ratelimit-policy') ?? '';
  const quotas = [...policy.matchAll(/;\s*q=(\d+)/g)].map(([, digits]) => Number(digits));
  const legacy = Number(headers.get('x-ratelimit-limit') ?? Number.NaN);
  const all = Number.isFinite(legacy) ? [...quotas, legacy] : quotas;
  return all.length === 0 ? null : Math.min(...all);
}
