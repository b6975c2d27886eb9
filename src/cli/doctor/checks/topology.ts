import { causeOf, describeFailure } from '../../../core/errors/store-causes.js';
import { HASH_SLOTS } from '../../../stores/redis/topology/hash-slots.js';
import { fail, pass, skip, warn, worstOf, type Finding } from '../check.js';
import { explainFailure } from '../servers/explain-failure.js';
import type { ServerInfo } from '../servers/server-info.js';
import type { StoreCheck, StoreSubject } from './store-check.js';
import { sentinelTopology } from './sentinel-topology.js';

/** Whether the servers are what the configuration takes them for, and complete. */
export const topology: StoreCheck = async (subject) => {
  const findings: Finding[] = [...(await roles(subject))];
  switch (subject.survey.kind) {
    case 'single':
      findings.push(single(subject));
      break;
    case 'cluster':
      findings.push(...(await Promise.all(subject.survey.servers.map(clusterState))));
      findings.push(...subject.survey.lost.map(absentNode));
      break;
    case 'sentinel':
      findings.push(...sentinelTopology(subject.survey));
  }
  return worstOf(findings);
};

/** A replica refuses writes, and a write is what a check is. */
async function roles({ survey }: StoreSubject): Promise<readonly Finding[]> {
  const findings = survey.servers.map(async ({ server }): Promise<readonly Finding[]> => {
    const reply = await server.ask('ROLE');
    const role: unknown = reply.isAnswer && Array.isArray(reply.value) ? reply.value[0] : null;
    const told = typeof role === 'string' ? role : survey.greeting?.role;
    return told === 'slave' || told === 'replica'
      ? [
          fail(
            `${server.address} is a replica: it refuses writes.`,
            'Put the address of its primary into `url`, or list `sentinels` and `master_name` so ' +
              'that the primary is found.',
          ),
        ]
      : [];
  });
  return (await Promise.all(findings)).flat();
}

function single({ survey, settings }: StoreSubject): Finding {
  const { address } = settings;
  const mode = survey.greeting?.mode;
  if (mode === 'cluster') return mismatch('CLUSTER_MODE');
  if (mode === 'sentinel') return mismatch('SENTINEL_MODE');
  if (address.topology === 'cluster') return mismatch('NO_CLUSTER_MODE');
  return survey.servers.length > 1
    ? fail(
        '`urls` names several servers, and they are no cluster: only one of them would count.',
        'Form a cluster of them (`redis-cli --cluster create …`), or name only one.',
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
  const fix = 'Run `redis-cli --cluster check HOST:PORT`, and bring the missing nodes back.';
  const covered = Number(fields.get('cluster_slots_ok') ?? 0);
  if (fields.get('cluster_state') !== 'ok') {
    return fail(`${address} says that the cluster is down.`, fix);
  }
  if (covered < HASH_SLOTS) {
    return fail(`${String(HASH_SLOTS - covered)} slots of the cluster are served by nobody.`, fix);
  }
  const size = fields.get('cluster_size') ?? '?';
  const nodes = fields.get('cluster_known_nodes') ?? '?';
  return pass(`a cluster of ${size} primaries, ${nodes} nodes in all, every slot served.`);
}

function absentNode(failure: StoreSubject['survey']['lost'][number]): Finding {
  const { detail, fix } = explainFailure(failure);
  return warn(`a node of the cluster does not answer: ${detail}`, fix ?? '');
}
