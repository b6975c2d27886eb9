import { counted } from '../../describe.js';
import { fail, pass, warn, type Finding } from '../check.js';
import { explainFailure } from '../servers/explain-failure.js';
import type { DiscoveredServers } from '../servers/discover-servers.js';
import type { SentinelReply } from '../servers/sentinels.js';

/** With fewer, the loss of one sentinel prevents failovers. */
const ENOUGH_SENTINELS = 3;

/** Whether the sentinels can fail over, and to a replica. */
export function sentinelTopology({
  sentinels,
  unreachable,
}: DiscoveredServers): readonly Finding[] {
  const [first] = sentinels.filter(({ master }) => master !== null);
  if (first === undefined) return unreachable.map(explainFailure);
  const findings: Finding[] = unreachable.map((failure) => {
    const { detail, fix } = explainFailure(failure);
    return warn(`a sentinel is unreachable: ${detail}`, fix ?? '');
  });
  const withoutQuorum = sentinels.filter(({ hasQuorum }) => !hasQuorum);
  if (withoutQuorum.length > 0) {
    findings.push(
      fail(
        `${addresses(withoutQuorum)} cannot reach enough sentinels to agree on a failover.`,
        'Start the missing sentinels; `redis-cli -p 26379 SENTINEL CKQUORUM NAME` reports the number.',
      ),
    );
  }
  const down = sentinels.filter(({ flags }) => flags.includes('down'));
  if (down.length > 0) {
    findings.push(
      fail(`${addresses(down)} reports the master as down.`, 'Check the master and its host.'),
    );
  }
  findings.push(...spares(first));
  const known = `${counted(first.sentinels, 'sentinel')} with quorum, ${counted(first.replicas, 'replica')}`;
  return [...findings, pass(`the master was found by ${known}.`)];
}

/** What the loss of one more server would mean. */
function spares({ sentinels, replicas }: SentinelReply): Finding[] {
  const findings: Finding[] = [];
  if (sentinels < ENOUGH_SENTINELS) {
    findings.push(
      warn(
        `only ${counted(sentinels, 'sentinel')}: without one of them there is no failover.`,
        'Run three sentinels or more, on separate hosts.',
      ),
    );
  }
  if (replicas === 0) {
    findings.push(
      warn('the master has no replica to fail over to.', 'Start one with `replicaof HOST PORT`.'),
    );
  }
  return findings;
}

function addresses(sentinels: readonly { readonly address: string }[]): string {
  return sentinels.map(({ address }) => address).join(', ');
}
