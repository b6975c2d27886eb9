import { fail, pass, warn, type Finding } from '../check.js';
import { explainFailure } from '../servers/explain-failure.js';
import type { DiscoveredServers } from '../servers/discover-servers.js';

/** Fewer cannot agree on a failover when one of them is gone. */
const ENOUGH_SENTINELS = 3;

/** Whether the sentinels can still fail over, and to whom. */
export function sentinelTopology({ sentinels, lost }: DiscoveredServers): readonly Finding[] {
  const [first] = sentinels.filter(({ master }) => master !== null);
  if (first === undefined) return lost.map(explainFailure);
  const findings: Finding[] = lost.map((failure) => {
    const { detail, fix } = explainFailure(failure);
    return warn(`a sentinel does not answer: ${detail}`, fix ?? '');
  });
  const withoutQuorum = sentinels.filter(({ hasQuorum }) => !hasQuorum);
  if (withoutQuorum.length > 0) {
    findings.push(
      fail(
        `${addresses(withoutQuorum)} cannot reach enough sentinels to agree on a failover.`,
        'Start the missing sentinels; `redis-cli -p 26379 SENTINEL CKQUORUM NAME` tells how many.',
      ),
    );
  }
  const down = sentinels.filter(({ flags }) => flags.includes('down'));
  if (down.length > 0) {
    findings.push(
      fail(`${addresses(down)} says that the master is down.`, 'Look at the master and its host.'),
    );
  }
  if (first.sentinels < ENOUGH_SENTINELS) {
    findings.push(
      warn(
        `only ${count(first.sentinels, 'sentinel')}: when one is gone, nobody fails over.`,
        'Run three sentinels or more, on hosts of their own.',
      ),
    );
  }
  if (first.replicas === 0) {
    findings.push(
      warn('the master has no replica to fail over to.', 'Start one with `replicaof HOST PORT`.'),
    );
  }
  const what = `${count(first.sentinels, 'sentinel')} with quorum, ${count(first.replicas, 'replica')}`;
  return [...findings, pass(`the master was found by ${what}.`)];
}

function addresses(sentinels: readonly { readonly address: string }[]): string {
  return sentinels.map(({ address }) => address).join(', ');
}

function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}
