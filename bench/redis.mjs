/*
 * Decisions against a Redis server of its own, beside the peers: speed, CPU on both sides, commands
 * and memory.
 *
 *   npm run bench:redis [-- --rounds 5] [--seconds 1] [--only NAME]
 *
 * Every contender has a process of its own, and only one of them works at a time. They take turns
 * in every round, each on an empty server. The tables show medians over the rounds; ratios are to
 * the floor, and to the best peer of the same table, of the same round. A cell is `--seconds` long.
 * `--only` takes a part of names; the floor is always there. Ratios to peers need peers.
 */
import { chosen, openWorker, option, printMachine } from './harness.mjs';
import { contenders, FLOOR } from './redis-contenders.mjs';
import { printCommands, printMemory, printSpeed } from './redis-report.mjs';
import { startRedis } from './redis-server.mjs';
import { withStorage } from './throttler-storage.mjs';

const rounds = Number(option('--rounds') ?? 5);
const durationMs = Number(option('--seconds') ?? 1) * 1_000;
const IN_FLIGHT = [64, 1];
/** Until the code of the contender, of its client and of Node is compiled. */
const WARM_UP_MS = 3_000;

const names = chosen(contenders.map(({ name }) => name));
const redis = await startRedis();
const runs = [];
try {
  printMachine(`Redis ${redis.version}`, `${rounds} interleaved rounds, medians`);
  const wanted = contenders.filter(({ name }) => name === FLOOR || names.includes(name));
  for (const contender of withStorage(wanted)) runs.push(await open(contender));
  for (let round = -1; round < rounds; round++) {
    for (const inFlight of IN_FLIGHT) {
      for (const run of fromOn(runs, round)) await measure(run, inFlight, round);
    }
  }
  for (const run of runs) run.bytes = await bytesPerIdentifier(run);
} finally {
  for (const { worker } of runs) worker.close();
  await redis.close();
}

for (const inFlight of IN_FLIGHT) printSpeed(runs, inFlight);
printCommands(runs, IN_FLIGHT);
printMemory(runs);

/** In each round somebody else comes first. */
function fromOn(all, round) {
  const first = Math.max(0, round) % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

async function open(contender) {
  const file = new URL('./redis-worker.mjs', import.meta.url);
  const worker = await openWorker(file, [contender.name, redis.url]);
  const cells = Object.fromEntries(IN_FLIGHT.map((inFlight) => [inFlight, []]));
  return { ...contender, worker, cells, bytes: 0 };
}

/** One cell of the table. The round before the first warms up. */
async function measure(run, inFlight, round) {
  await redis.client.flushall();
  await run.worker.ask('prepare', { inFlight });
  const before = await redis.usage();
  const load = { inFlight, durationMs: round < 0 ? WARM_UP_MS : durationMs };
  const figures = await run.worker.ask('run', load);
  const after = await redis.usage();
  if (round < 0) return;
  const { decisions, perSecond, cpuUs, p99Ms, allowedShare, unanswered } = figures;
  const node = cpuUs / decisions;
  const server = (after.cpuUs - before.cpuUs) / decisions;
  const commands = (after.calls - before.calls) / decisions;
  const cell = { perSecond, node, server, cpu: node + server, p99Ms, allowedShare, commands };
  run.cells[inFlight].push({ ...cell, unanswered });
}

/** What Redis keeps for one identifier, keys included; not our proof that it takes writes. */
async function bytesPerIdentifier({ worker }) {
  await redis.client.flushall();
  const identifiers = await worker.ask('remember');
  const keys = (await redis.client.keys('*')).filter((key) => !key.endsWith(':probe'));
  const sizes = await Promise.all(keys.map((key) => redis.client.memory('USAGE', key)));
  return sizes.reduce((total, size) => total + size, 0) / identifiers;
}
