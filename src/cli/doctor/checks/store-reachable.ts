import { fail, pass, warn, worstOf } from '../check.js';
import { explainFailure } from '../servers/explain-failure.js';
import type { StoreCheck } from './store-check.js';

const PLAIN =
  ' It closes connections on CLIENT SETNAME or HELLO, as some proxies do: connections have no name, ' +
  'and replicas and clusters are not detected.';

/** Whether the servers reply, and why not. An unreachable seed of a cluster is a warning. */
export const storeReachable: StoreCheck = ({ discovered, settings }) => {
  const { servers, unreachable, kind } = discovered;
  if (settings.address.topology === 'client') {
    const detail = 'the store uses a client that the application provides.';
    return Promise.resolve(fail(detail, 'Check the application with `--url` instead.'));
  }
  const explained = unreachable.map(explainFailure);
  if (servers.length === 0) return Promise.resolve(worstOf(explained));
  const addresses = servers.map(({ server }) => server.address).join(', ');
  if (explained.length === 0) {
    const plain = servers.some(({ server }) => server.isPlain) ? PLAIN : '';
    return Promise.resolve(pass(`${addresses} is reachable.${plain}`));
  }
  const others = worstOf(explained.map(({ detail, fix }) => warn(detail, fix ?? '')));
  return Promise.resolve(kind === 'single' ? worstOf(explained) : others);
};
