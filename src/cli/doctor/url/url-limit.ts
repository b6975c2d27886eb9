import { fail, pass, skip, warn, type Finding } from '../check.js';
import {
  callApplication,
  type ApplicationTarget,
  type HttpResult,
  type RouteTarget,
} from './application.js';
import { unreachable } from './url-checks.js';

const MAX_REQUESTS = 1_000;
const CONCURRENT = 20;
const BOUND_MS = 30_000;

/**
 * Whether a route denies a request in the end. Calls it until it responds with 429, at most a
 * thousand times within half a minute, and only when it is named: the calls count, and may have
 * effects.
 */
export async function urlLimit(target: ApplicationTarget): Promise<Finding> {
  const { base, route } = target;
  if (route === null) {
    return skip(
      'not checked: it calls a route until a request is denied. Name one with `--route`.',
    );
  }
  const startMs = performance.now();
  let sent = 0;
  let first: HttpResult | null = null;
  while (sent < MAX_REQUESTS && performance.now() - startMs < BOUND_MS) {
    const size: number = first === null ? 1 : Math.min(CONCURRENT, MAX_REQUESTS - sent);
    const calls = Array.from({ length: size }, () => callApplication(base, route));
    const results = await Promise.all(calls);
    sent += size;
    first ??= results[0] ?? null;
    const finding = judge(results, nameOf(route), sent, target);
    if (finding !== null) return finding;
  }
  return judgeUnlimited(nameOf(route), sent, first);
}

/** The finding that ends the calls; null to continue. */
function judge(
  results: readonly HttpResult[],
  name: string,
  sent: number,
  target: ApplicationTarget,
): Finding | null {
  const lost = results.find((result) => !result.isResponse);
  if (lost !== undefined) return unreachable(target, lost.cause);
  const statuses = results.map((result) => (result.isResponse ? result.status : 0));
  if (statuses.includes(429)) {
    return pass(`${name} responded with 429 within ${String(sent)} calls.`);
  }
  if (statuses.includes(503)) {
    return fail(
      `${name} responds with 503: its store is unavailable.`,
      'See the checks of the store above, and the log of the application.',
    );
  }
  if (!statuses.includes(404)) return null;
  return fail(`${name} responds with 404.`, 'Correct `--route`, or `--url`.');
}

/** A limit may be too high to be reached; the headers contain it. */
function judgeUnlimited(name: string, sent: number, first: HttpResult | null): Finding {
  const quota = first?.isResponse === true ? quotaOf(first.headers) : null;
  const detail = `${name} denied none of ${String(sent)} calls`;
  return quota !== null && quota >= sent / 2
    ? warn(
        `${detail}: its limit of ${String(quota)} was not reached.`,
        'Name a route with a lower limit, or test this one with a load generator.',
      )
    : fail(`${detail}.`, 'Put `@RateLimit(…)` on the route, and import `RateSyncModule`.');
}

function nameOf({ method, path }: RouteTarget): string {
  return `${method} ${path}`;
}

/** The smallest quota in the headers. */
function quotaOf(headers: Headers): number | null {
  const policy = headers.get('ratelimit-policy') ?? '';
  const quotas = [...policy.matchAll(/;\s*q=(\d+)/g)].map(([, digits]) => Number(digits));
  const legacy = Number(headers.get('x-ratelimit-limit') ?? Number.NaN);
  const all = Number.isFinite(legacy) ? [...quotas, legacy] : quotas;
  return all.length === 0 ? null : Math.min(...all);
}
