import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { RateSyncPrometheusModule } from '@rate-sync/nestjs/prometheus';
import { Controller, Get } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { limits, serve, windowOf } from '../support/http/serve.js';
import { freePort } from '../support/redis/free-port.js';
import { makeTemporaryFolder } from '../support/redis/temporary-folder.js';
import { waitUntil } from '../support/redis/wait-until.js';
import { run } from '../package/run.js';

const DEPLOYMENT = resolve(import.meta.dirname, '../../docs/deployment');
const RULES = join(DEPLOYMENT, 'prometheus');
const PROMTOOL = process.env['PROMTOOL_BIN'] ?? 'promtool';
const PROMETHEUS = process.env['PROMETHEUS_BIN'] ?? 'prometheus';

@Controller()
class PageController {
  @Get('page')
  @RateLimit('page')
  page(): string {
    return 'a page';
  }
}

/** An application with metrics in a registry of its own. */
async function measured() {
  const registry = new Registry();
  const served = await serve(ADAPTERS[0]!, {
    controllers: [PageController],
    imports: [RateSyncPrometheusModule.forRoot({ registry })],
    rateSync: { config: limits({ page: windowOf(2) }) },
  });
  return { ...served, registry };
}

/** The names of our metrics in a text, without what histograms append. */
function namesIn(text: string): readonly string[] {
  const names = text.match(/rate_limit_[a-z_]+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(bucket|sum|count)$/, '')))].sort();
}

describe('the alerts', () => {
  it('are rules that Prometheus takes', async () => {
    expect(await run(PROMTOOL, ['check', 'rules', 'alerts.yml'], { cwd: RULES })).toContain(
      'SUCCESS: 7 rules found',
    );
  });

  it('fire when they should, and only then', async () => {
    const said = await run(PROMTOOL, ['test', 'rules', 'alerts.test.yml'], { cwd: RULES });
    expect(said).toContain('SUCCESS');
  });

  it('are all tried out', () => {
    const rules = readFileSync(join(RULES, 'alerts.yml'), 'utf8').matchAll(/alert: (\w+)/g);
    const tests = readFileSync(join(RULES, 'alerts.test.yml'), 'utf8');
    for (const [, alert] of rules) expect(tests).toContain(`alertname: ${alert!}`);
  });
});

it.each(['prometheus/alerts.yml', 'grafana/rate-sync.json', '../metrics.md'])(
  'names in %s only metrics that there are',
  async (file) => {
    const { registry } = await measured();
    const known = registry.getMetricsAsArray().map(({ name }) => name);
    const named = namesIn(readFileSync(join(DEPLOYMENT, file), 'utf8'));
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  },
);

it('documents every metric', async () => {
  const { registry } = await measured();
  const page = readFileSync(resolve(DEPLOYMENT, '../metrics.md'), 'utf8');
  for (const { name } of registry.getMetricsAsArray()) expect(page).toContain(`| \`${name}\``);
});

it('has a dashboard whose every panel asks something', () => {
  const { panels } = JSON.parse(
    readFileSync(join(DEPLOYMENT, 'grafana/rate-sync.json'), 'utf8'),
  ) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };
  for (const { title, targets } of panels) {
    expect(targets.length, title).toBeGreaterThan(0);
    for (const { expr } of targets) expect(expr, title).toContain('rate_limit_');
  }
});

it('is scraped by a Prometheus, which evaluates the alerts', async () => {
  const { get, url } = await measured();
  const folder = await makeTemporaryFolder('prometheus');
  const port = await freePort();
  const config = {
    global: { scrape_interval: '200ms', evaluation_interval: '200ms' },
    rule_files: [join(RULES, 'alerts.yml')],
    scrape_configs: [{ job_name: 'app', static_configs: [{ targets: [new URL(url).host] }] }],
  };
  const file = join(folder.path, 'prometheus.json');
  await writeFile(file, JSON.stringify(config));
  const address = `127.0.0.1:${String(port)}`;
  const server = spawn(
    PROMETHEUS,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder.path, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: 'ignore' },
  );
  onTestFinished(async () => {
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
    await folder.remove();
  });
  for (let n = 0; n < 3; n++) await get('/page');

  const ask = async (path: string): Promise<{ data: unknown }> => {
    const response = await fetch(`http://${address}/api/v1/${path}`);
    return (await response.json()) as { data: unknown };
  };
  const value = async (query: string): Promise<number> => {
    const { data } = await ask(`query?query=${encodeURIComponent(query)}`);
    const { result } = data as { result: { value: [number, string] }[] };
    return Number(result[0]!.value[1]);
  };
  const series = '{limiter_id="page",endpoint="GET /page"}';
  await waitUntil('Prometheus to have scraped', async () => {
    return (await value(`rate_limit_blocked_total${series}`)) === 1;
  });
  expect(await value(`rate_limit_allowed_total${series}`)).toBe(2);
  expect(await value('rate_limit_store_up{store_id="main"}')).toBe(1);
  interface Rules {
    readonly groups: readonly { readonly rules: readonly { readonly health: string }[] }[];
  }
  await waitUntil('the rules to be evaluated', async () => {
    const { groups } = (await ask('rules')).data as Rules;
    const rules = groups.flatMap((group) => group.rules);
    return rules.length === 7 && rules.every(({ health }) => health === 'ok');
  });
});
