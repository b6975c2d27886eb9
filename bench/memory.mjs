/*
 * The memory store beside those of the peers, in one run: nanoseconds of CPU per decision over
 * 100,000 keys and over one hot key, and heap bytes per key after one hit each.
 *
 *   npm run bench:memory [-- --rounds 15]
 *
 * Every contender has a process of its own, so that none runs on machine code that was shaped by
 * another. They take turns in every round. The table shows medians and, in brackets, the median
 * ratio to the fastest peer of the same round.
 */
import { median, openWorker, option, printMachine, printTable } from './harness.mjs';
import { contenders, PEERS } from './memory-contenders.mjs';

const file = new URL('./memory-worker.mjs', import.meta.url);
const rounds = Number(option('--rounds') ?? 15);

const runs = Object.keys(contenders).map((name) => ({ name, cold: [], hot: [], bytes: 0 }));
for (const run of runs) {
  run.worker = await openWorker(file, [run.name], { execArgv: ['--expose-gc'] });
  run.bytes = await run.worker.ask('heap');
  await run.worker.ask('cold');
  await run.worker.ask('hot');
}
for (let round = 0; round < rounds; round++) {
  for (const kind of ['cold', 'hot']) {
    for (const run of runs) run[kind].push(await run.worker.ask(kind));
  }
}
for (const { worker } of runs) worker.close();

const peers = runs.filter(({ name }) => PEERS.includes(name));
printMachine(`${rounds} interleaved rounds, medians`);
printTable(
  '### The memory store',
  ['contender', 'ns per decision, 100,000 keys', 'one hot key', 'heap bytes per key'],
  runs.map((run) => [run.name, cell(run, 'cold'), cell(run, 'hot'), run.bytes.toFixed(0)]),
);

function cell(run, kind) {
  const ratios = run[kind].map(
    (ns, round) => ns / Math.min(...peers.map((peer) => peer[kind][round])),
  );
  return `${median(run[kind]).toFixed(0)} (${median(ratios).toFixed(2)})`;
}
