/* The tables of the Redis benchmark. */
import { figure, median, printTable } from './harness.mjs';
import { FLOOR, GROUPS } from './redis-contenders.mjs';

const SPEED = [
  'ops/s',
  'to the floor',
  'to the best peer',
  'Node µs',
  'Redis µs',
  'both CPUs to the best peer',
  'p99 ms',
  'allowed',
];

/** One table for each group, below its floor. */
export function printSpeed(runs, inFlight) {
  const floor = runs.find(({ name }) => name === FLOOR);
  for (const group of GROUPS) {
    const members = runs.filter((run) => run.group === group);
    if (members.length === 0) continue;
    const peers = members.filter(({ isPeer }) => isPeer);
    const rows = [floor, ...members].map((run) => row(run, { floor, peers, inFlight }));
    printTable(`### ${group}, ${inFlight} in flight`, ['contender', ...SPEED], rows);
  }
  printUnanswered(runs, inFlight);
}

function row(run, { floor, peers, inFlight }) {
  const cells = run.cells[inFlight];
  const of = (key) => median(cells.map((cell) => cell[key]));
  const to = (key, others, best) =>
    median(
      cells.map((cell, round) => {
        const theirs = others.map((other) => other.cells[inFlight][round][key]);
        return cell[key] / best(...theirs);
      }),
    );
  const isFloor = run === floor;
  return [
    run.name,
    of('perSecond').toLocaleString('en-US', { maximumFractionDigits: 0 }),
    figure(to('perSecond', [floor], Math.max)),
    isFloor || peers.length === 0 ? '–' : figure(to('perSecond', peers, Math.max)),
    figure(of('node')),
    figure(of('server')),
    isFloor || peers.length === 0 ? '–' : figure(to('cpu', peers, Math.min)),
    figure(of('p99Ms')),
    `${(of('allowedShare') * 100).toFixed(0)} %`,
  ];
}

/** A store that takes too long is not waited for: such decisions are fast and say nothing. */
function printUnanswered(runs, inFlight) {
  for (const { name, cells } of runs) {
    const count = cells[inFlight].reduce((total, cell) => total + cell.unanswered, 0);
    if (count > 0) console.log(`\n${name}: ${count} decisions without an answer of Redis in time.`);
  }
}

export function printCommands(runs, levels) {
  const rows = runs.map(({ name, cells }) => [
    name,
    ...levels.map((level) => median(cells[level].map(({ commands }) => commands)).toFixed(4)),
  ]);
  const head = ['contender', ...levels.map((level) => `${level} in flight`)];
  printTable('### Script calls for each decision (INFO commandstats)', head, rows);
}

export function printMemory(runs) {
  const rows = runs
    .filter(({ name }) => name !== FLOOR)
    .map(({ name, bytes }) => [name, bytes.toFixed(0)]);
  const head = ['contender', 'bytes'];
  printTable('### Redis memory for each identifier (MEMORY USAGE, keys included)', head, rows);
}
