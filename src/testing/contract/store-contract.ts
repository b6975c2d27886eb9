import { batchCases } from './batches.js';
import { countingCases } from './counting.js';
import type { ContractCase, ContractSubject } from './harness.js';
import { queueCases } from './queue.js';
import { reservationCases, slotCases } from './waiting.js';

/** Every promise that a store makes, as cases that throw an `AssertionError` when it is broken. */
export const storeContract: readonly ContractCase[] = [
  ...countingCases,
  ...batchCases,
  ...reservationCases,
  ...slotCases,
  ...queueCases,
];

/** The two functions of a test framework (Vitest, Jest, node:test) that the suite is put into. */
export interface TestFramework {
  readonly describe: (name: string, define: () => void) => unknown;
  readonly it: (name: string, run: () => Promise<void>) => unknown;
}

/**
 * Runs the contract against a store. `open` makes a fresh, empty one for each case, with a time
 * that stands still until the case moves it.
 */
export function describeStoreContract(
  name: string,
  { describe, it }: TestFramework,
  open: () => ContractSubject | Promise<ContractSubject>,
): void {
  describe(`${name} keeps the store contract`, () => {
    for (const { name: promise, run } of storeContract) {
      it(promise, async () => {
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
