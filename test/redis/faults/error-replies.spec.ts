import { describe, expect, it } from 'vitest';
import { RedisCluster } from '../../support/redis/redis-cluster.js';
import type { RedisServer } from '../../support/redis/redis-server.js';
import { endure, type Fault } from './soak.js';
import { expectCounted, expectLogged, expectNoSecret, GONE } from './expectations.js';
import { anApp, APP_USER, aSecret, setUp, type Scene, type SceneOptions } from './fixture.js';

/** A server that answers every question with the same error. */
interface Refusal {
  readonly id: string;
  readonly code: string;
  /** The log line: any of these. */
  readonly causes: readonly string[];
  readonly begin: (scene: Scene) => unknown;
  readonly end: (scene: Scene) => unknown;
  readonly login?: SceneOptions['login'];
}

const heal = ({ server }: Scene): Promise<void> => server.faults.heal();

/** Ends a spell that was begun here. */
function spell(begin: (server: RedisServer) => Promise<{ readonly over: Promise<void> }>) {
  let over: Promise<void> | undefined;
  return {
    begin: async ({ server }: Scene) => {
      ({ over } = await begin(server));
    },
    end: () => over,
  };
}

/** Changes something, and ends all connections but that of the harness. */
async function anew(server: RedisServer, ...change: readonly string[]): Promise<void> {
  await server.command(...change);
  await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
}

/** The server reports the cause but resets the connection, and the reset may arrive first. */
const UNWELCOME = ['connection/MAXCLIENTS', ...GONE];

const REFUSALS: readonly Refusal[] = [
  {
    id: 'F11',
    code: 'OOM',
    causes: ['oom/OOM'],
    begin: ({ server }) => server.faults.oom(),
    end: heal,
  },
  {
    id: 'F13',
    code: 'LOADING',
    causes: ['loading/LOADING'],
    ...spell((server) => server.faults.loading(4_000)),
  },
  {
    id: 'F17',
    code: 'WRONGPASS',
    causes: ['auth/WRONGPASS'],
    begin: ({ server }) => anew(server, 'CONFIG', 'SET', 'requirepass', aSecret()),
    end: ({ server, secret }) => server.command('CONFIG', 'SET', 'requirepass', secret),
  },
  {
    id: 'F17',
    code: 'NOAUTH',
    causes: ['auth/NOAUTH'],
    login: 'none',
    begin: ({ server, secret }) => anew(server, 'CONFIG', 'SET', 'requirepass', secret),
    end: ({ server }) => server.command('CONFIG', 'SET', 'requirepass', ''),
  },
  {
    id: 'F12',
    code: 'READONLY',
    causes: ['readonly/READONLY'],
    begin: ({ server }) => server.faults.readonly(),
    end: heal,
  },
  {
    id: 'F18',
    code: 'NOPERM',
    causes: ['noperm/NOPERM'],
    login: 'user',
    begin: ({ server }) => server.command('ACL', 'SETUSER', APP_USER, '-evalsha'),
    end: ({ server }) => server.command('ACL', 'SETUSER', APP_USER, '+evalsha'),
  },
  {
    id: 'F15',
    code: 'MISCONF',
    causes: ['misconf/MISCONF'],
    begin: ({ server }) => server.faults.misconf(),
    end: heal,
  },
  {
    id: 'F19',
    code: 'MAXCLIENTS',
    causes: UNWELCOME,
    begin: async ({ server }) => {
      await server.faults.maxclients(1);
      await anew(server, 'PING');
    },
    end: heal,
  },
  {
    id: 'F19',
    code: 'MAXCLIENTS without a password',
    causes: UNWELCOME,
    login: 'none',
    begin: async ({ server }) => {
      await server.faults.maxclients(1);
      await anew(server, 'PING');
    },
    end: heal,
  },
  {
    id: 'F14',
    code: 'BUSY',
    causes: ['busy/BUSY'],
    ...spell((server) => server.faults.busy(3_000)),
  },
];

describe.concurrent('a server that refuses everything', () => {
  it.for(REFUSALS)('$id: $code', async ({ id, code, causes, login, begin, end }, test) => {
    const scene = await setUp(test, {
      name: `${id}-${code.replaceAll(' ', '-')}`,
      ...(login === undefined ? {} : { login }),
    });
    const { app, proxy, secret } = scene;
    const fault: Fault = { begin: () => begin(scene), end: () => end(scene) };
    const { answers, beganMs, endedMs } = await endure(app, fault);
    // A server without data to load has lost its counts.
    if (code !== 'LOADING') await expectCounted(app, answers, beganMs);
    expectLogged(app, causes, secret);
    const seconds = (endedMs - beganMs) / 1_000;
    expect(proxy.totalConnections).toBeLessThanOrEqual(6 + 2 * seconds);
  });

  it('CLUSTERDOWN: a cluster that is not whole', async (test) => {
    const secret = aSecret();
    const cluster = await RedisCluster.start({ primaries: 1, replicas: 0, password: secret });
    test.onTestFinished(() => cluster.stop());
    const app = await anApp(test, { name: 'cluster-down', store: { urls: cluster.urls } });
    const [server] = cluster.nodes;
    const { answers, beganMs } = await endure(app, {
      begin: () => server?.command('CLUSTER', 'DELSLOTS', 0),
      end: () => server?.command('CLUSTER', 'ADDSLOTS', 0),
    });
    await expectCounted(app, answers, beganMs);
    expectLogged(app, ['cluster_down/CLUSTERDOWN'], secret);
    expectNoSecret(app, secret);
    expect(app.witness.path).toContain('closed>open');
  });
});
