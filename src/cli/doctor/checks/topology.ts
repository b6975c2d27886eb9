import type { StoreUnavailableError } from '../../../core/errors/index.js';
import { causeOf, describeFailure } from '../../../core/errors/store-causes.js';
import { HASH_SLOTS } from '../../../stores/redis/topology/hash-slots.js';
import { fail, pass, skip, warn, worstOf, type Finding } from '../check.js';
import { explainFailure } from '../servers/explain-failure.js';
import type { ServerInfo } from '../servers/server-info.js';
import type { CheckedStore, StoreCheck } from './store-check.js';
import { sentinelTopology } from './sentinel-topology.js';

/** Whether the servers match the configuration, and are complete. */
export const topology: StoreCheck = async (store) => {
  const { discovered } = store;
  const findings: Finding[] = [...(await roles(store))];
  switch (discovered.kind) {
    case 'single':
      findings.push(single(store));
      break;
    case 'cluster':
      findings.push(...(await Promise.all(discovered.servers.map(clusterState))));
      findings.push(...discovered.unreachable.map(unreachableNode));
      break;
    case 'sentinel':
      findings.push(...sentinelTopology(discovered));
  }
  return worstOf(findings);
};

/** Replicas reject writes, which every decision needs. */
async function roles({ discovered }: CheckedStore): Promise<readonly Finding[]> {
  const findings = discovered.servers.map(async ({ server }): Promise<readonly Finding[]> => {
    const reply = await server.ask('ROLE');
    const role: unknown = reply.isAnswer && Array.isArray(reply.value) ? reply.value[0] : null;
    const name = typeof role === 'string' ? role : discovered.hello?.role;
    return name === 'slave' || name === 'replica'
      ? [
          fail(
            `${server.address} is a replica: it rejects writes.`,
            'Set `url` to the address of its primary, or set `sentinels` and `master_name`.',
          ),
        ]
      : [];
  });
  return (await Promise.all(findings)).flat();
}

function single({ discovered, settings }: CheckedStore): Finding {
  const { address } = settings;
  const mode = discovered.hello?.mode;
  if (mode === 'cluster') return mismatch('CLUSTER_MODE');
  if (mode === 'sentinel') return mismatch('SENTINEL_MODE');
  if (address.topology === 'cluster') return mismatch('NO_CLUSTER_MODE');
  return discovered.servers.length > 1
    ? fail(
        '`urls` names several servers that are no cluster: only one of them would be used.',
        'Create a cluster of them (`redis-cli --cluster create …`), or name only one.',
      )
    : pass('one server, a primary.');
}

function mismatch(code: string): Finding {
  const failure = { kind: 'topology', failureCode: code } as const;
  return fail(describeFailure('the server', failure), causeOf(failure.kind, code).fix);
}

async function clusterState({ server }: ServerInfo): Promise<Finding> {
  const { address } = server;
  const reply = await server.ask('CLUSTER', 'INFO');
  if (!reply.isAnswer) return skip(`${address}: CLUSTER INFO could not be read.`);
  const fields = new Map(
    String(reply.value)
      .split('\r\n')
      .map((line) => line.split(':') as [string, string]),
  );
  const fix = 'Run `redis-cli --cluster check HOST:PORT`, and restart the missing nodes.';
  const covered = Number(fields.get('cluster_slots_ok') ?? 0);
  if (fields.get('cluster_state') !== 'ok') {
    return fail(`${address} reports that the cluster is down.`, fix);
  }
  if (covered < HASH_SLOTS) {
    return fail(`${String(HASH_SLOTS - covered)} hash slots of the cluster are not served.`, fix);
  }
  const size = fields.get('cluster_size') ?? '?';
  const nodes = fields.get('cluster_known_nodes') ?? '?';
  return pass(`a cluster of ${size} primaries, ${nodes} nodes in all, every hash slot served.`);
}

function unreachableNode(failure: StoreUnavailableError): Finding {
  const { detail, fix } = explainFailure(failure);
  return warn(`a node of the cluster is unreachable: ${detail}`, fix ?? '');
}
