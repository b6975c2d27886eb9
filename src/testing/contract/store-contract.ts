import { batchCases } from './batches.js';
import { countingCases } from './counting.js';
import type { ContractCase, ContractSubject } from './harness.js';
import { queueCases } from './queue.js';
import { reservationCases, slotCases } from './waiting.js';

/** The store contract as cases; each throws an `AssertionError` when the store violates it. */
export const storeContract: readonly ContractCase[] = [
  ...countingCases,
  ...batchCases,
  ...reservationCases,
  ...slotCases,
  ...queueCases,
];

/** The two functions of a test framework (Vitest, Jest, node:test) that the suite requires. */
export interface TestFramework {
  readonly describe: (name: string, define: () => void) => unknown;
  readonly it: (name: string, run: () => Promise<void>) => unknown;
}

/**
 * Runs the contract against a store. `open` creates a new, empty store for each case, with a clock
 * that stands still until the case advances it.
 */
export function describeStoreContract(
  name: string,
  { describe, it }: TestFramework,
  open: () => ContractSubject | Promise<ContractSubject>,
): void {
  describe(`${name} keeps the store contract`, () => {
    for (const { name: requirement, run } of storeContract) {
      it(requirement, async () => {
        const subject = await open();
        try {
          await run(subject);
        } finally {
          await subject.close();
        }
      });
    }
  });
}
