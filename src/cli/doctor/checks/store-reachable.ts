import { fail, pass, warn, worstOf } from '../check.js';
import { explainFailure } from '../servers/explain-failure.js';
import type { StoreCheck } from './store-check.js';

const PLAIN =
  ' It closes connections on CLIENT SETNAME or HELLO, as some proxies do: ours have no name, and ' +
  'whether it is a replica or a cluster is not known.';

/** Whether the servers answer, and if not, why. A seed that is gone is a warning only. */
export const storeReachable: StoreCheck = ({ survey, settings }) => {
  const { servers, lost, kind } = survey;
  if (settings.address.topology === 'client') {
    const detail = 'the store uses a client of the application.';
    return Promise.resolve(fail(detail, 'Check the application with `--url` instead.'));
  }
  const explained = lost.map(explainFailure);
  if (servers.length === 0) return Promise.resolve(worstOf(explained));
  const addresses = servers.map(({ server }) => server.address).join(', ');
  if (explained.length === 0) {
    const plain = servers.some(({ server }) => server.isPlain) ? PLAIN : '';
    return Promise.resolve(pass(`${addresses} answers.${plain}`));
  }
  const others = worstOf(explained.map(({ detail, fix }) => warn(detail, fix ?? '')));
  const isGone = kind === 'single';
  return Promise.resolve(isGone ? worstOf(explained) : others);
};
