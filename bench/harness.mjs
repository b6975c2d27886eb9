/* What the benchmarks share: processes that answer questions, figures, and tables. */
import { execFileSync, fork } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { clearTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

const LONGEST_ANSWER_MS = 180_000;

/** The value after `--name` on the command line. */
export function option(name) {
  const index = process.argv.indexOf(name);
  return index === -1 ? undefined : process.argv[index + 1];
}

/** The names that `--only` asks for: those that contain its text. Without it, all. */
export function chosen(names) {
  const wanted = option('--only');
  const found = wanted === undefined ? names : names.filter((name) => name.includes(wanted));
  if (found.length === 0) throw new Error(`--only: no name contains "${wanted}".`);
  return found;
}

/** The server and whoever loads applications work on one core, contenders on another. */
export const CORE = { server: 0, contender: 1 };

let arePinned = false;

/**
 * Keeps a process on a core, where the system can (`taskset` of Linux). The scheduler likes to put a
 * process on the core of whoever woke it; some contenders would share one with the server for good.
 */
export function keepOn(core, pid) {
  if (availableParallelism() < 2) return;
  try {
    execFileSync('taskset', ['-acp', String(core), String(pid)], { stdio: 'ignore' });
    arePinned = true;
  } catch {
    // Then the scheduler decides.
  }
}

/** Starts a process that answers questions, one after the other. It ends with this one. */
export async function openWorker(file, args = [], options = {}) {
  const { core = CORE.contender, ...forkOptions } = options;
  const child = fork(fileURLToPath(file), args, forkOptions);
  keepOn(core, child.pid);
  const title = args.join(' ');
  let settle = () => undefined;
  child.on('message', (message) => settle(message));
  child.on('exit', (code) => settle({ error: `${title} ended with code ${code}` }));

  const heard = (send) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle({ error: `${title} is silent` }), LONGEST_ANSWER_MS);
      settle = ({ answer, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(answer);
        else reject(new Error(error));
      };
      send();
    });
  await heard(() => undefined);
  return {
    ask: (question, argument) =>
      heard(() =>
        child.send({ question, argument }, (error) => {
          if (error !== null) settle({ error: error.message });
        }),
      ),
    close: () => child.connected && child.disconnect(),
  };
}

/** The other side of `openWorker`: answers with what the function of that name gives. */
export function answer(questions) {
  process.on('message', async ({ question, argument }) => {
    try {
      process.send({ answer: await questions[question](argument) });
    } catch (error) {
      process.send({ error: error instanceof Error ? error.stack : String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
  process.send({ answer: 'ready' });
}

/** Microseconds of CPU that this process has used since the figures that `process.cpuUsage` gave. */
export function cpuUsSince(before) {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

export function median(values) {
  return percentile(values, 0.5);
}

export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** 15 characters, like an IPv4 address. */
export function identifierOf(index) {
  return `user-${String(index).padStart(10, '0')}`;
}

/** Thousands are separated; small figures keep two digits that say something. */
export function figure(value) {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const rounded = Number(value.toFixed(digits));
  return rounded.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A table in Markdown. */
export function printTable(title, head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log(`\n${title}\n`);
  console.log([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}

/** What the figures were measured on. */
export function printMachine(...facts) {
  const [minute] = loadavg();
  const processor = `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'})`;
  const load = `load ${minute.toFixed(1)} at the start`;
  const place = arePinned ? 'server and contenders on a core each' : 'cores as the system likes';
  console.log([`Node ${process.version}`, processor, load, place, ...facts].join(', '));
}
