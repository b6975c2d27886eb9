/*
 * One GET route in a Nest application, on Express and on Fastify, with and without limits.
 *
 *   npm run bench:http [-- --rounds 5] [--seconds 1] [--platform fastify] [--only NAME]
 *
 * Every variant is a process of its own, and only one of them works at a time, beside a process that
 * asks over 64 connections and a Redis server. Right before each variant the unguarded application
 * is measured: ratios are to that, and the tables show medians over the rounds. Allowed traffic has
 * 1,000 callers who never reach a limit; denied traffic has 10 who are over a limit of 1.
 */
import {
  CORE,
  chosen,
  figure,
  median,
  openWorker,
  option,
  printMachine,
  printTable,
} from './harness.mjs';
import { NO_GUARD, variants } from './http-variants.mjs';
import { startRedis } from './redis-server.mjs';
import { withStorage } from './throttler-storage.mjs';

const rounds = Number(option('--rounds') ?? 5);
const durationMs = Number(option('--seconds') ?? 1) * 1_000;
const platforms = ['express', 'fastify'].filter(
  (platform) => platform === (option('--platform') ?? platform),
);
/** Until the code of Nest, of the adapter and of the guard is compiled. */
const WARM_UP = { durationMs: 15_000, mostRequests: 200_000 };
/** Cells are ended by the time, and each begins with a part that does not count: caches are cold. */
const CELL = { durationMs, mostRequests: 1e9 };
const SETTLE = { durationMs: 300, mostRequests: 1e9 };
const ALLOWED = { firstCaller: 0, callers: 1_000 };
const DENIED = { firstCaller: 1_000_000, callers: 10 };

const guarded = variants.filter(({ name }) => name !== NO_GUARD);
const names = chosen(guarded.map(({ name }) => name));
const wanted = withStorage(guarded.filter(({ name }) => names.includes(name)));
const redis = await startRedis();
try {
  printMachine(`Redis ${redis.version}`, `${rounds} interleaved rounds, medians`);
  const load = await openWorker(new URL('./http-load.mjs', import.meta.url), [], {
    core: CORE.server,
  });
  for (const platform of platforms) await comparePlatform(platform, load);
  load.close();
} finally {
  await redis.close();
}

async function comparePlatform(platform, load) {
  await redis.client.flushall();
  const base = await open(platform, variants[0]);
  const runs = [];
  for (const variant of wanted) runs.push(await open(platform, variant));
  for (const run of [base, ...runs]) await measure(run, run, load, WARM_UP);
  for (let round = 0; round < rounds; round++) {
    for (const run of runs) {
      const reference = await measure(base, run, load, CELL);
      run.pairs.push({ reference, cell: await measure(run, run, load, CELL) });
    }
  }
  for (const { server } of [base, ...runs]) server.close();
  printRuns(platform, runs);
}

async function open(platform, variant) {
  const file = new URL('./http-server.mjs', import.meta.url);
  const env = { ...process.env, NODE_ENV: 'production' };
  const server = await openWorker(file, [platform, variant.name, redis.url], { env });
  return { ...variant, server, port: await server.ask('port'), pairs: [] };
}

/** Loads a server with the traffic that a variant is meant for. */
async function measure({ server, port }, { isDenied }, load, length) {
  const callers = isDenied ? DENIED : ALLOWED;
  await load.ask('run', { port, ...SETTLE, ...callers });
  const before = { redis: await redis.usage(), cpuUs: await server.ask('cpuUs') };
  const answers = await load.ask('run', { port, ...length, ...callers });
  const after = { redis: await redis.usage(), cpuUs: await server.ask('cpuUs') };
  const perRequest = (total) => total / answers.requests;
  return {
    perSecond: answers.perSecond,
    p99Ms: answers.p99Ms,
    node: perRequest(after.cpuUs - before.cpuUs),
    redis: perRequest(after.redis.cpuUs - before.redis.cpuUs),
    calls: perRequest(after.redis.calls - before.redis.calls),
    expected: perRequest(answers.statuses[isDenied ? '429' : '200'] ?? 0),
  };
}

function printRuns(platform, runs) {
  const head = ['variant', 'requests/s', 'to no guard', 'Node µs', 'added Node µs', 'Redis µs'];
  const more = ['script calls', 'p99 ms', 'as expected'];
  const rows = runs.map(({ name, pairs }) => {
    const of = (read) => median(pairs.map(read));
    return [
      name,
      of(({ cell }) => cell.perSecond).toFixed(0),
      figure(of(({ cell, reference }) => cell.perSecond / reference.perSecond)),
      figure(of(({ cell }) => cell.node)),
      figure(of(({ cell, reference }) => cell.node - reference.node)),
      figure(of(({ cell }) => cell.redis)),
      of(({ cell }) => cell.calls).toFixed(4),
      figure(of(({ cell }) => cell.p99Ms)),
      `${(of(({ cell }) => cell.expected) * 100).toFixed(1)} %`,
    ];
  });
  printTable(`### ${platform}, for each request`, [...head, ...more], rows);
}
