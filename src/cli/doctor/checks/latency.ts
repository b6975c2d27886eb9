import type { LimiterSettings } from '../../../config/index.js';
import { fail, pass, warn, worstOf, type Finding } from '../check.js';
import type { ServerInfo } from '../servers/server-info.js';
import type { StoreCheck } from './store-check.js';

const ROUND_TRIPS = 100;

/** The upper bound of the whole measurement. */
const BOUND_MS = 3_000;

const FIX =
  'Move Redis closer (same zone), see `redis-cli --latency` and SLOWLOG, or raise the `timeout` ' +
  'of the limiter and `decision_timeout` of the store.';

/** Whether round trips are shorter than the `timeout` of every limiter. */
export const latency: StoreCheck = async ({ discovered, settings, limiters }) => {
  const findings: Finding[] = [];
  for (const info of discovered.servers) {
    findings.push(await judge(info, limiters, settings.decisionTimeoutMs));
  }
  return worstOf(findings);
};

async function judge(
  info: ServerInfo,
  limiters: readonly LimiterSettings[],
  decisionTimeoutMs: number,
): Promise<Finding> {
  const times = await roundTrips(info);
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
  const measured =
    `${info.server.address}: p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)} ` +
    `over ${String(times.length)} round trips`;
  const boundOf = ({ timeoutMs }: LimiterSettings): number =>
    Math.min(timeoutMs ?? decisionTimeoutMs, decisionTimeoutMs);
  const named = (slow: readonly LimiterSettings[]): string =>
    slow.map((limiter) => `${limiter.id} (${String(boundOf(limiter))} ms)`).join(', ');
  const tooSlow = limiters.filter((limiter) => p99 >= boundOf(limiter));
  if (tooSlow.length > 0) {
    return fail(`${measured}: longer than the timeout of ${named(tooSlow)}.`, FIX);
  }
  const nearly = limiters.filter((limiter) => p99 >= boundOf(limiter) / 2);
  return nearly.length > 0
    ? warn(`${measured}: more than half of the timeout of ${named(nearly)}.`, FIX)
    : pass(`${measured}.`);
}

async function roundTrips({ server }: ServerInfo): Promise<readonly number[]> {
  const startMs = performance.now();
  const times: number[] = [];
  while (times.length < ROUND_TRIPS && performance.now() - startMs < BOUND_MS) {
    const sentMs = performance.now();
    await server.ask('PING');
    times.push(performance.now() - sentMs);
  }
  return times.sort((a, b) => a - b);
}

/** The percentile by nearest rank. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function milliseconds(time: number): string {
  return `${time.toFixed(time < 10 ? 2 : 0)} ms`;
}
