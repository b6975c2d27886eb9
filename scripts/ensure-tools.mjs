/**
 * Sees to it that the tests find redis-server, openssl, prometheus and promtool: installs what is
 * missing with the package manager of the system, where it may. A program that one of the variables
 * REDIS_SERVER_BIN, PROMETHEUS_BIN and PROMTOOL_BIN names is used as it is.
 */
import { spawnSync } from 'node:child_process';

const OLDEST_REDIS = 7;

/** What the tests run, by the package that brings it. `chosen` is the program of a variable. */
const PROGRAMS = [
  { of: 'redis-server', name: 'redis-server', chosen: process.env.REDIS_SERVER_BIN ?? '' },
  { of: 'openssl', name: 'openssl', chosen: '' },
  { of: 'prometheus', name: 'prometheus', chosen: process.env.PROMETHEUS_BIN ?? '' },
  { of: 'prometheus', name: 'promtool', chosen: process.env.PROMTOOL_BIN ?? '' },
];

/** The first one that the system has is used. `redis` is what it calls the package. */
const MANAGERS = [
  {
    name: 'apt-get',
    redis: 'redis-server',
    commands: (packages) => [
      ['apt-get', 'update'],
      // The packages start servers on their usual ports: the tests use others.
      ['apt-get', 'install', '-y', '--no-install-recommends', ...packages],
    ],
  },
  { name: 'apk', redis: 'redis', commands: (packages) => [['apk', 'add', ...packages]] },
  { name: 'dnf', redis: 'redis', commands: (packages) => [['dnf', 'install', '-y', ...packages]] },
  {
    name: 'brew',
    redis: 'redis',
    commands: (packages) => [['brew', 'install', ...packages]],
    refusesRoot: true,
  },
];

function exists(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** `Redis server v=7.0.15 sha=...` */
function isRedis(program) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return Number(/v=(\d+)/.exec(stdout ?? '')?.[1] ?? 0) >= OLDEST_REDIS;
}

function missing() {
  return PROGRAMS.filter(({ name, chosen }) => {
    const program = chosen || name;
    return name === 'redis-server' ? !isRedis(program) : !exists(program);
  });
}

function succeeds([command, ...args]) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env }).status === 0;
}

/** What to put before a command so that it runs as root; undefined when it cannot. */
function asRoot() {
  if (process.getuid?.() === 0) return [];
  const mayAsk = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return mayAsk ? ['sudo', '-n'] : undefined;
}

function install(names) {
  const manager = MANAGERS.find(({ name }) => exists(name));
  const prefix = manager?.refusesRoot === true ? [] : asRoot();
  if (names.length === 0 || manager === undefined || prefix === undefined) return;
  const packages = names.map((name) => (name === 'redis-server' ? manager.redis : name));
  console.log(`The tests need ${names.join(' and ')}: installing with ${manager.name}.`);
  manager.commands(packages).every((command) => succeeds([...prefix, ...command]));
}

const before = missing();
// A choice is respected: another program would not be used.
install([...new Set(before.filter(({ chosen }) => chosen === '').map((program) => program.of))]);
const after = before.length > 0 ? missing() : [];
if (after.length > 0) {
  console.error(
    `The tests need ${after.map(({ name }) => name).join(' and ')}, and could not install that: install Redis ${OLDEST_REDIS} or newer, openssl and Prometheus with your package manager, or set REDIS_SERVER_BIN, PROMETHEUS_BIN and PROMTOOL_BIN to the paths of the programs.`,
  );
  process.exitCode = 1;
}
