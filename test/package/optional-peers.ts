import { expect } from 'vitest';
import type { Consumer } from './consumer.js';

/** Packages that an application may do without. */
const OPTIONAL_PEERS = ['@nestjs/terminus', 'prom-client'];

/** Asserts that the application got this package, and with it none of the optional peers. */
export async function expectNoOptionalPeers(app: Consumer): Promise<void> {
  const installed = await app.installed();
  expect(installed).toContain('@rate-sync/nestjs');
  expect(OPTIONAL_PEERS.filter((name) => installed.has(name))).toEqual([]);
}
