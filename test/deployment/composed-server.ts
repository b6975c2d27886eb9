import { freePort } from '../support/redis/free-port.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { composedService, type ComposeFile } from './compose.js';

/** What the tests give Compose to put in. */
export const VARIABLES = {
  REDIS_PASSWORD: 'dataPassword1',
  REDIS_SENTINEL_PASSWORD: 'sentinelPassword1',
} as const;

/** Who is known where, instead of the names of the containers. */
export type Ports = ReadonlyMap<string, number>;

/** Starts the server of a service here: its own command, on a port and address of this machine. */
export async function startService(
  file: ComposeFile,
  name: string,
  ports: Ports = new Map(),
): Promise<RedisServer> {
  const [program, ...args] = composedService(file, name, VARIABLES).command ?? [];
  if (program !== 'redis-server') throw new Error(`${name} does not run a server`);
  const bus = args.includes('--cluster-enabled')
    ? ['--cluster-port', String(await freePort())]
    : [];
  const local = withLocalNames(args, name, ports);
  // The harness knows no option that sets passwords: the command does.
  return RedisServer.start({ port: ports.get(name), args: [...local, ...bus] });
}

/** `redis-1 6379` becomes `127.0.0.1 PORT`; a server's own name becomes the address alone. */
function withLocalNames(args: readonly string[], self: string, ports: Ports): readonly string[] {
  return args.map((arg, at) => {
    const target = ports.get(args[at - 1] ?? '');
    if (target !== undefined && arg === '6379') return String(target);
    return arg === self || ports.has(arg) ? '127.0.0.1' : arg;
  });
}
