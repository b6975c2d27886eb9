import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { RedisServer } from '../support/redis/redis-server.js';
import { follow } from './differential-history.js';
import {
  anyPolicies,
  buckets,
  longWindows,
  slots,
  twinHistories,
  unitsAndSlots,
  windows,
  type TwinKind,
} from './differential-steps.js';
import { TwinStores } from './differential-stores.js';

let server: RedisServer;
let twins: TwinStores;
beforeAll(async () => {
  server = await RedisServer.start();
  twins = await TwinStores.open(server.url);
});
afterAll(async () => {
  await twins.close();
  await server.stop();
});

const SORTS = [
  ['token buckets', buckets],
  ['sliding windows', windows],
  ['sliding windows whose log is a ring', longWindows],
  ['slots', slots],
  ['units and slots together', unitsAndSlots],
  ['limiters of all sorts', anyPolicies],
] as const;

const CALLS: readonly TwinKind[] = ['wait', 'ask', 'ask'];

const HISTORIES: readonly (readonly [name: string, kinds: readonly TwinKind[]])[] = [
  ['calls, peeks and reservations', [...CALLS, 'ask', 'renew', 'reset']],
  ['grants and leases that are released', [...CALLS, 'return', 'return', 'release', 'refund']],
  ['batches', [...CALLS, 'batch', 'batch', 'return']],
  ['queues for slots', [...CALLS, 'ask', 'keep', 'leave', 'release', 'release', 'batch', 'reset']],
  ['limits that change', [...CALLS, 'change', 'batch', 'return', 'refund', 'release', 'renew']],
];

describe('the memory store and Redis agree on every field of every verdict', () => {
  describe.each(SORTS)('of %s', (_, policies) => {
    it.each(HISTORIES)('over %s', async (__, kinds) => {
      const property = fc.asyncProperty(twinHistories(policies, kinds), (history) =>
        follow(twins, history),
      );
      await fc.assert(property, { numRuns: 120 });
    });
  });
});
