import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CheckId } from '../../src/cli/doctor/check.js';
import { StoreUnavailableError, type StoreFailureKind } from '../../src/core/errors/index.js';
import { causeOf } from '../../src/core/errors/store-causes.js';
import { createRateSync } from '../../src/runtime/create-rate-sync.js';
import { runDoctor } from '../../src/cli/doctor/run-doctor.js';
import { makeCertificates } from '../support/redis/certificates.js';
import { FaultProxy } from '../support/redis/fault-proxy.js';
import { freePort } from '../support/redis/free-port.js';
import { RedisCluster } from '../support/redis/redis-cluster.js';
import type { RedisServerOptions } from '../support/redis/redis-options.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { SentinelSet } from '../support/redis/sentinel-set.js';
import { makeTemporaryFolder } from '../support/redis/temporary-folder.js';
import { reportOf } from './causes.js';
import { CANARY } from './doctor/examine.js';

/** What was started for a test, in the order in which it is stopped. */
const stops: (() => unknown)[] = [];
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

async function aServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  stops.push(() => server.stop());
  return server;
}

function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}

const certificates = lazily(async () => {
  const made = await makeCertificates();
  stops.push(() => made.remove());
  return made;
});
const plain = lazily(() => aServer({ password: CANARY }));
const open = lazily(() => aServer());
const secure = lazily(async () => aServer({ tls: (await certificates()).server }));
const cluster = lazily(async () => {
  const made = await RedisCluster.start({ primaries: 1, replicas: 0 });
  stops.push(() => made.stop());
  return made;
});
const sentinels = lazily(async () => {
  const made = await SentinelSet.start({ replicas: 1, sentinels: 3, sentinelPassword: CANARY });
  stops.push(() => made.stop());
  return made;
});

async function anHttpServer(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const url = (port: number, login = ''): string =>
  `url = "redis://${login}127.0.0.1:${String(port)}"`;

/** A server with a fault for as long as the test runs. */
async function ill(makeIll: (server: RedisServer) => unknown, lines?: string): Promise<string> {
  const server = await aServer();
  await makeIll(server);
  return lines ?? `url = "${server.url}"`;
}

async function restricted(...rules: readonly string[]): Promise<string> {
  const server = await open();
  const name = `user${String(stops.length)}${rules.join('').replaceAll(/\W/g, '')}`;
  await server.command('ACL', 'SETUSER', name, 'on', `>${CANARY}`, '~*', '+@all', ...rules);
  return `${url(server.port)}\nusername = "${name}"\npassword = "${CANARY}"`;
}

async function sentinelLines(...lines: readonly string[]): Promise<string> {
  const { sentinels: all } = await sentinels();
  const list = all.map(({ port }) => `"127.0.0.1:${String(port)}"`).join(', ');
  return [`sentinels = [${list}]`, ...lines].join('\n');
}

interface Row {
  readonly name: string;
  readonly kind: StoreFailureKind;
  /** Any of these: which one is seen first may be by chance. */
  readonly code: string | null | RegExp;
  /** What the message names beside the cause. */
  readonly missing?: string;
  readonly lines: () => Promise<string>;
  /** The check of `doctor` that fails, when it is not whether the store can be reached. */
  readonly check?: CheckId;
  /** The message of that check, where it is not that of the cause. */
  readonly finding?: RegExp;
}

const ROWS: readonly Row[] = [
  {
    name: 'no server listens',
    kind: 'connection',
    code: 'ECONNREFUSED',
    lines: async () => url(await freePort()),
  },
  {
    name: 'the host is unknown',
    kind: 'connection',
    code: /^(ENOTFOUND|EAI_AGAIN)$/,
    lines: () => Promise.resolve('url = "redis://redis.invalid:6379"'),
  },
  {
    name: 'the server accepts the connection and never replies',
    kind: 'timeout',
    code: null,
    lines: async () => {
      const proxy = await FaultProxy.start((await plain()).port);
      stops.push(() => proxy.close());
      proxy.set('blackhole');
      return url(proxy.port);
    },
  },
  {
    name: 'an HTTP server listens',
    kind: 'protocol',
    code: 'NOT_REDIS',
    lines: async () => url(await anHttpServer((_, response) => response.end(CANARY))),
  },
  {
    name: 'no connection is left',
    kind: 'connection',
    code: 'MAXCLIENTS',
    lines: () => ill((server) => server.faults.maxclients(1)),
  },
  {
    name: 'the password is wrong',
    kind: 'auth',
    code: 'WRONGPASS',
    lines: async () => url((await plain()).port, `:${CANARY}-wrong@`),
  },
  {
    name: 'the user is unknown',
    kind: 'auth',
    code: 'WRONGPASS',
    lines: async () => url((await plain()).port, `nobody:${CANARY}@`),
  },
  {
    name: 'a password is needed',
    kind: 'auth',
    code: 'NOAUTH',
    lines: async () => url((await plain()).port),
  },
  {
    name: 'the store speaks TLS, the port does not',
    kind: 'tls',
    code: /^(NO_TLS|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/,
    lines: async () => `${url((await open()).port)}\nssl = true`,
  },
  {
    name: 'the port speaks TLS, the store does not',
    kind: 'tls',
    code: 'TLS_PORT',
    lines: async () => url((await secure()).port),
  },
  {
    name: 'the authority is not trusted',
    kind: 'tls',
    code: /^(SELF_SIGNED|UNABLE_TO)/,
    lines: async () => `url = "${(await secure()).url}"`,
  },
  {
    name: 'the certificate has expired',
    kind: 'tls',
    code: 'CERT_HAS_EXPIRED',
    lines: async () => {
      const { expired, caFile } = await certificates();
      return `url = "${(await aServer({ tls: expired })).url}"\nssl_ca_certs = "${caFile}"`;
    },
  },
  {
    name: 'the certificate is for another host',
    kind: 'tls',
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    lines: async () => {
      const { otherHost, caFile } = await certificates();
      return `url = "${(await aServer({ tls: otherHost })).url}"\nssl_ca_certs = "${caFile}"`;
    },
  },
  {
    name: 'the server requires a client certificate',
    kind: 'tls',
    code: /^(CLIENT_CERTIFICATE|ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED)$/,
    lines: async () => {
      const { server: tls, caFile } = await certificates();
      const server = await aServer({ tls, args: ['--tls-auth-clients', 'yes'] });
      return `url = "${server.url}"\nssl_ca_certs = "${caFile}"`;
    },
  },
  {
    name: 'a node of a cluster is used as a single server',
    kind: 'topology',
    code: 'CLUSTER_MODE',
    lines: async () => `${url((await cluster()).nodes[0]!.port)}\ntopology = "single"`,
    check: 'topology',
    finding: /node of a cluster/,
  },
  {
    name: 'a single server is used as a cluster',
    kind: 'topology',
    code: 'NO_CLUSTER_MODE',
    lines: async () => `${url((await open()).port)}\ntopology = "cluster"`,
    check: 'topology',
    finding: /not in cluster mode/,
  },
  {
    name: 'a sentinel is used as a server',
    kind: 'topology',
    code: 'SENTINEL_MODE',
    lines: async () => url((await sentinels()).sentinels[0]!.port, `:${CANARY}@`),
    check: 'topology',
  },
  {
    name: 'a server is used as a sentinel',
    kind: 'topology',
    code: 'NOT_SENTINEL',
    lines: async () => `sentinels = ["127.0.0.1:${String((await open()).port)}"]`,
  },
  {
    name: 'no sentinel responds',
    kind: 'connection',
    code: /^(NO_SENTINEL|ECONNREFUSED)$/,
    lines: async () => `sentinels = ["127.0.0.1:${String(await freePort())}"]`,
    finding: /refused the connection/,
  },
  {
    name: 'the sentinels do not know the master',
    kind: 'connection',
    code: 'UNKNOWN_MASTER',
    lines: () => sentinelLines(`sentinel_password = "${CANARY}"`, 'master_name = "other"'),
  },
  {
    name: 'the sentinels require a password',
    kind: 'auth',
    code: 'SENTINEL_NOAUTH',
    lines: () => sentinelLines(),
  },
  {
    name: 'the sentinels reject the password',
    kind: 'auth',
    code: 'SENTINEL_WRONGPASS',
    lines: () => sentinelLines(`sentinel_password = "${CANARY}-wrong"`),
  },
  {
    name: 'the database is out of range',
    kind: 'database',
    code: 'SELECT',
    lines: async () => `${url((await open()).port)}\ndb = 99`,
  },
  {
    name: 'a cluster has one database only',
    kind: 'database',
    code: 'CLUSTER_SELECT',
    lines: async () => `${url((await cluster()).nodes[0]!.port)}\ndb = 1`,
  },
  {
    name: 'the cluster has no slots',
    kind: 'cluster_down',
    code: 'UNCOVERED_SLOT',
    lines: async () => url((await aServer({ args: ['--cluster-enabled', 'yes'] })).port),
    check: 'topology',
    finding: /cluster is down/,
  },
  {
    name: 'the cluster lacks a slot',
    kind: 'cluster_down',
    code: 'CLUSTERDOWN',
    lines: async () => {
      const made = await RedisCluster.start({ primaries: 1, replicas: 0 });
      stops.push(() => made.stop());
      await made.nodes[0]!.command('CLUSTER', 'DELSLOTS', 0);
      return url(made.nodes[0]!.port);
    },
    check: 'topology',
    finding: /cluster is down/,
  },
  {
    name: 'the server is a replica',
    kind: 'readonly',
    code: 'READONLY',
    lines: async () => {
      const primary = await open();
      const args = ['--replicaof', '127.0.0.1', String(primary.port)];
      return `url = "${(await aServer({ args })).url}"`;
    },
    check: 'topology',
    finding: /is a replica/,
  },
  {
    name: 'the memory is full',
    kind: 'oom',
    code: 'OOM',
    lines: () => ill((server) => server.faults.oom()),
    check: 'permissions',
  },
  {
    name: 'nothing can be saved',
    kind: 'misconf',
    code: 'MISCONF',
    lines: () => ill((server) => server.faults.misconf()),
    check: 'permissions',
  },
  {
    name: 'replicas are missing',
    kind: 'misconf',
    code: 'NOREPLICAS',
    lines: () => ill((server) => server.command('CONFIG', 'SET', 'min-replicas-to-write', '1')),
    check: 'permissions',
  },
  {
    name: 'a script runs for too long',
    kind: 'busy',
    code: 'BUSY',
    lines: () => ill((server) => server.faults.busy(20_000)),
  },
  {
    name: 'the data is being loaded',
    kind: 'loading',
    code: 'LOADING',
    lines: () => ill((server) => server.faults.loading(20_000)),
  },
  {
    name: 'scripts are forbidden',
    kind: 'noperm',
    code: 'NOPERM',
    missing: '+evalsha',
    lines: () => restricted('-evalsha', '-eval'),
    check: 'permissions',
    finding: /lacks: \+evalsha \+eval/,
  },
  {
    name: 'the keys are forbidden',
    kind: 'noperm',
    code: 'NOPERM',
    missing: 'access to the keys of the store',
    lines: () => restricted('resetkeys', '~other:*'),
    check: 'permissions',
    finding: /~rs:\*/,
  },
  {
    name: 'scripts are renamed',
    kind: 'unsupported',
    code: 'UNKNOWN_COMMAND',
    missing: 'EVALSHA',
    lines: async () => {
      const config = ['rename-command EVALSHA ""', 'rename-command EVAL ""'];
      return `url = "${(await aServer({ config })).url}"`;
    },
    check: 'permissions',
  },
  {
    name: 'a command of the script is renamed',
    kind: 'unsupported',
    code: 'UNKNOWN_COMMAND',
    missing: 'GETRANGE ZADD',
    lines: async () => {
      const config = ['rename-command ZADD ""', 'rename-command GETRANGE other'];
      return `url = "${(await aServer({ config })).url}"`;
    },
    check: 'permissions',
  },
];

describe('B5: a store that cannot be used reports the cause in one sentence', () => {
  it.each(ROWS)(
    '$name',
    async ({ kind, code, missing, lines, check = 'store-reachable', finding }) => {
      const { start, line, doctor } = await reportOf(await lines());
      const report = JSON.stringify([start?.message, line, doctor]);
      expect(start, report).toBeInstanceOf(StoreUnavailableError);
      if (!(start instanceof StoreUnavailableError)) return;
      const { failureCode } = start;
      expect({ kind: start.kind, failureCode }, start.message).toEqual({
        kind,
        failureCode: code instanceof RegExp ? (expect.stringMatching(code) as unknown) : code,
      });
      const { sentence, fix } = causeOf(kind, failureCode);
      expect(start.message).toContain(sentence);
      expect(start.message).toContain(fix);
      if (missing !== undefined) expect(start.message).toContain(`: ${missing} (`);
      expect(line, report).toMatch(/^store "main" \S/);
      const failed = doctor.find(({ id }) => id === check);
      expect(failed, report).toMatchObject({ result: 'fail' });
      expect(failed?.detail, report).toEqual(
        finding === undefined ? expect.stringContaining(sentence) : expect.stringMatching(finding),
      );
      expect(report).not.toContain(CANARY);
    },
  );
});

describe('B5: files of certificates that cannot be used', () => {
  it('are all reported at once, of all stores, with their lines', async () => {
    const { caFile, client } = await certificates();
    const lines = [
      'url = "rediss://127.0.0.1:6379"',
      'ssl_ca_certs = "/nowhere/ca.pem"',
      'ssl_certfile = "/nowhere/cert.pem"',
      `ssl_keyfile = "${caFile}"`,
      '',
      '[stores.other]',
      'url = "rediss://127.0.0.1:6379"',
      `ssl_certfile = "${client.keyFile}"`,
      `ssl_keyfile = "${client.keyFile}"`,
    ];
    const folder = await makeTemporaryFolder('causes');
    const path = join(folder.path, 'rate-sync.toml');
    await writeFile(
      path,
      `[stores.main]\n${lines.join('\n')}\n[limiters.a]\nstore = "main"\nrate_per_second = 1\n`,
    );
    try {
      const message = await createRateSync({ config: path, env: {} }).then(() => '', String);
      const problems = [
        `4 problems in ${path}`,
        'stores.main.ssl_ca_certs (line 3): names a file that cannot be read (ENOENT)',
        'stores.main.ssl_certfile (line 4): names a file that cannot be read (ENOENT)',
        'stores.main.ssl_keyfile (line 5): names a file that cannot be used',
        'stores.other.ssl_certfile (line 9): names a file that cannot be used',
      ];
      for (const words of problems) expect(message).toContain(words);
      const found = await runDoctor({ path, env: {}, cwd: folder.path, application: null });
      const reached = found.filter(({ id }) => id === 'store-reachable');
      const details = reached.map(({ detail }) => detail).join('\n');
      for (const words of problems.slice(1)) expect(details).toContain(words);
    } finally {
      await folder.remove();
    }
  });
});
