import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { AppModule } from '../../sample-app/src/app.module.js';
import type { CheckResult } from '../../src/cli/doctor/check.js';
import { runDoctor } from '../../src/cli/doctor/run-doctor.js';
import { systemClock, type Clock } from '../../src/core/clock.js';
import { run } from '../package/run.js';
import { programFile } from '../support/programs.js';
import { ADAPTERS } from '../support/http/adapters.js';
import { serve, statuses, times, type Served } from '../support/http/serve.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { makeTemporaryFolder } from '../support/redis/temporary-folder.js';
import { waitUntil } from '../support/redis/wait-until.js';
import { KIT } from './kit.js';

const PASSWORD = 'canary-of-the-outage';
const CONFIG = resolve(import.meta.dirname, '../../rate-sync.toml');

/** The time between two lines about the same failure. */
const INTERVAL_MS = 30_000;

/** The system's clock, which a test puts forward. */
class ForwardClock implements Clock {
  aheadMs = 0;
  readonly schedule = systemClock.schedule.bind(systemClock);
  nowMs = (): number => systemClock.nowMs() + this.aheadMs;
}

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start({ password: PASSWORD, args: ['--appendonly', 'yes'] });
  vi.stubEnv('REDIS_URL', `redis://127.0.0.1:${String(server.port)}`);
  vi.stubEnv('REDIS_PASSWORD', PASSWORD);
  vi.stubEnv('RATE_SYNC_CONFIG', undefined);
});
afterAll(() => server.stop());

/** Attempts to log in and other requests, one after the other. */
async function traffic({ get, post }: Served, user: string) {
  const logins = await times(6, (n) => post('/auth/login', { email: `${user}${String(n)}@x.org` }));
  const pages = await times(6, () => get('/public'));
  return { logins: statuses(logins), pages: statuses(pages) };
}

/** What the doctor says about the servers and the running application. */
async function examine({ url }: Served): Promise<readonly CheckResult[]> {
  const application = {
    base: new URL(url),
    healthPath: '/health/rate-limiter',
    metricsPath: '/metrics',
    route: { method: 'GET', path: '/public' },
  };
  const env = { REDIS_URL: process.env['REDIS_URL'], REDIS_PASSWORD: PASSWORD };
  const results = await runDoctor({ path: CONFIG, env, cwd: KIT, application });
  // Whether this machine is quick enough is not the question here.
  return results.filter(({ id }) => id !== 'latency');
}

const failed = (results: readonly CheckResult[]): readonly string[] =>
  results.filter(({ result }) => result === 'fail').map(({ id }) => id);

/** The events of the rate limiter in the log, from a line on. */
function eventsFrom({ log }: Served, line: number): readonly Readonly<Record<string, unknown>>[] {
  return log.lines.slice(line).flatMap(({ message }) => {
    const isEvent = typeof message === 'object' && message !== null && 'event' in message;
    return isEvent ? [message] : [];
  });
}

function errorLines(app: Served, line: number): readonly (readonly unknown[])[] {
  const errors = eventsFrom(app, line).filter(({ event }) => event === 'rate_limit_error');
  return errors.map(({ limiter_id, kind, suppressed }) => [limiter_id, kind, suppressed]);
}

function circuitLines(app: Served, line: number): readonly string[] {
  const changes = eventsFrom(app, line).filter(({ event }) => event === 'rate_limit_circuit');
  return changes.map(({ from, to }) => `${String(from)} to ${String(to)}`);
}

const SERIES = /^(rate_limit_(?:store_up|circuit_state|degraded_total)\{[^}]*\}) (\S+)$/gm;

/** What the alerts look at, as the application tells it now. */
async function scrape({ get }: Served): Promise<ReadonlyMap<string, number>> {
  const { text } = await get('/metrics');
  return new Map([...text.matchAll(SERIES)].map(([, name, value]) => [name!, Number(value)]));
}

type Scraped = ReadonlyMap<string, number>;

/** A test of the alerts, from what was scraped: before, at the begin and the end of two minutes, after. */
function alertTest([before, first, last, after]: readonly [Scraped, Scraped, Scraped, Scraped]) {
  const series = [...last].map(([name, value]) => {
    const [from, start, end] = [before, first, after].map((scraped) => scraped.get(name) ?? 0);
    const step = (value - start!) / 8;
    return {
      series: name,
      values: `${String(from)}x4 ${String(start)}+${String(step)}x8 ${String(end)}x12`,
    };
  });
  // promtool compares all labels and texts; here the question is only what fires, and when.
  const alerts = ['RateLimitStoreDown', 'RateLimitCircuitOpen', 'RateLimitFailingClosed'];
  const firing = alerts.map((name) => `count(ALERTS{alertname="${name}",alertstate="firing"})`);
  const at = (time: string, samples: readonly object[]) =>
    firing.map((expr) => ({ expr, eval_time: time, exp_samples: samples }));
  return {
    rule_files: [join(KIT, 'prometheus/alerts.yml')],
    evaluation_interval: '15s',
    tests: [
      {
        interval: '15s',
        input_series: series,
        promql_expr_test: [
          ...at('1m', []),
          ...firing.map((expr) => ({
            expr,
            eval_time: '3m',
            // Both limits of the login refuse.
            exp_samples: [{ labels: '{}', value: expr.includes('Failing') ? 2 : 1 }],
          })),
          ...at('6m', []),
        ],
      },
    ],
  };
}

async function tryAlerts(test: object): Promise<string> {
  const folder = await makeTemporaryFolder('alerts');
  const file = join(folder.path, 'outage.json');
  await writeFile(file, JSON.stringify(test));
  try {
    const promtool = programFile('promtool', 'PROMTOOL_BIN');
    return await run(promtool, ['test', 'rules', file], { cwd: folder.path });
  } finally {
    await folder.remove();
  }
}

const SIX_REFUSED = { logins: Array<number>(6).fill(503), pages: Array<number>(6).fill(200) };

it('a Redis that is killed under the sample app shows in every signal, and its return undoes all', async () => {
  const clock = new ForwardClock();
  const app = await serve(ADAPTERS[0]!, { imports: [AppModule], clock });
  const healthStatus = async (): Promise<number> => (await app.get('/health/rate-limiter')).status;

  expect((await traffic(app, 'before')).logins).toEqual(Array<number>(6).fill(401));
  expect(await healthStatus()).toBe(200);
  expect(failed(await examine(app))).toEqual([]);
  const before = await scrape(app);
  const line = app.log.lines.length;

  await server.kill();
  expect(await traffic(app, 'during')).toEqual(SIX_REFUSED);
  await waitUntil('the health check to tell', async () => (await healthStatus()) === 503);
  const { json, text } = await app.get('/health/rate-limiter');
  expect(json).toMatchObject({
    status: 'error',
    error: {
      'rate-limiter': {
        status: 'down',
        backend: 'redis',
        accessible: false,
        stores: { main: { accessible: false, latencyMs: null, circuit: 'open' } },
      },
    },
  });
  expect(text).not.toContain(PASSWORD);
  expect((await app.get('/health/ready')).status).toBe(503);
  expect((await app.get('/health/live')).status).toBe(200);
  const first = await scrape(app);
  expect(first.get('rate_limit_store_up{store_id="main"}')).toBe(0);
  expect(errorLines(app, line)).toEqual([
    ['login_ip', 'connection', 0],
    ['login_credential', 'connection', 0],
    ['public', 'connection', 0],
  ]);
  clock.aheadMs = INTERVAL_MS;
  expect(await traffic(app, 'during')).toEqual(SIX_REFUSED);
  expect(errorLines(app, line).slice(3)).toEqual([
    ['login_ip', 'connection', 5],
    ['login_credential', 'connection', 5],
    ['public', 'connection', 5],
  ]);
  const last = await scrape(app);
  const sick = await examine(app);
  expect(failed(sick)).toEqual(['store-reachable', 'url-health', 'url-headers', 'url-limit']);
  expect(sick.find(({ id }) => id === 'store-reachable')?.detail).toMatch(/ECONNREFUSED/);

  await server.restart({ keepData: true });
  await waitUntil('the health check to tell', async () => (await healthStatus()) === 200);
  // Six were counted before; those that got 503 were not.
  expect((await traffic(app, 'after')).logins).toEqual([401, 401, 401, 401, 429, 429]);
  expect(failed(await examine(app))).toEqual([]);
  const after = await scrape(app);
  expect(after.get('rate_limit_circuit_state{store_id="main"}')).toBe(0);
  expect(circuitLines(app, line)).toEqual(['closed to open', 'half_open to closed']);
  expect(await tryAlerts(alertTest([before, first, last, after]))).toContain('SUCCESS');
  expect(app.log.text).not.toContain(PASSWORD);
});
