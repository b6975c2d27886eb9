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
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { contenders, PEERS } from './memory-contenders.mjs';

const worker = fileURLToPath(new URL('./memory-worker.mjs', import.meta.url));
const rounds = Number(option('--rounds') ?? 15);

const runs = Object.keys(contenders).map((name) => ({ name, cold: [], hot: [], bytes: 0 }));
for (const run of runs) {
  run.process = fork(worker, [run.name], { execArgv: ['--expose-gc'] });
  run.bytes = await ask(run, 'heap');
  await ask(run, 'cold');
  await ask(run, 'hot');
}
for (let round = 0; round < rounds; round++) {
  for (const kind of ['cold', 'hot']) {
    for (const run of runs) run[kind].push(await ask(run, kind));
  }
}
for (const run of runs) run.process.disconnect();
printTable();

async function ask(run, question) {
  run.process.send(question);
  const [answer] = await once(run.process, 'message');
  return answer;
}

function printTable() {
  const peers = runs.filter(({ name }) => PEERS.includes(name));
  const ratios = (run, kind) =>
    run[kind].map((ns, round) => ns / Math.min(...peers.map((peer) => peer[kind][round])));
  const cell = (run, kind) =>
    `${median(run[kind]).toFixed(0)} (${median(ratios(run, kind)).toFixed(2)})`;
  console.log(`Node ${process.version}, ${rounds} interleaved rounds, medians\n`);
  console.log('| contender | ns per decision, 100,000 keys | one hot key | heap bytes per key |');
  console.log('|---|---|---|---|');
  for (const run of runs) {
    console.log(
      `| ${run.name} | ${cell(run, 'cold')} | ${cell(run, 'hot')} | ${run.bytes.toFixed(0)} |`,
    );
  }
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function option(name) {
  const index = process.argv.indexOf(name);
  return index === -1 ? undefined : process.argv[index + 1];
}
