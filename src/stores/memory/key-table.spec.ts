import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyTable } from './key-table.js';

interface Entry {
  readonly isUntouched: boolean;
  readonly isExhausted: boolean;
}

/** A table of entries, and how often a sweep visits each. */
function aTable(entries: readonly Entry[]): { table: KeyTable<Entry>; visits: Map<Entry, number> } {
  const visits = new Map<Entry, number>();
  const table = new KeyTable<Entry>({
    isUntouched: (entry) => {
      visits.set(entry, (visits.get(entry) ?? 0) + 1);
      return entry.isUntouched;
    },
    isExhausted: ({ isExhausted }) => isExhausted,
    usedShare: () => 0.5,
  });
  entries.forEach((entry, index) => {
    table.classify(table.add(String(index), entry), entry.isExhausted);
  });
  return { table, visits };
}

const entry = fc.record({ isUntouched: fc.boolean(), isExhausted: fc.boolean() });

describe('a sweep', () => {
  it('visits a single state once, however many steps are allowed', () => {
    const { table, visits } = aTable([{ isUntouched: false, isExhausted: false }]);
    expect(table.sweep(1_024, 0)).toBe(0);
    expect([...visits.values()]).toEqual([1]);
  });

  it('visits no state twice, and takes at most the allowed number of steps', () => {
    const sweeps = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), sweeps, (entries, steps) => {
        const { table, visits } = aTable(entries);
        for (const step of steps) {
          visits.clear();
          table.sweep(step, 0);
          expect(Math.max(0, ...visits.values())).toBeLessThanOrEqual(1);
          expect(visits.size).toBeLessThanOrEqual(step);
        }
      }),
    );
  });

  it('removes every untouched state within a few rounds, and no other', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (entries, steps) => {
          const { table } = aTable(entries);
          for (let round = 0; round < 400; round++) table.sweep(steps, 0);
          expect(table.size).toBe(entries.filter(({ isUntouched }) => !isUntouched).length);
          entries.forEach(({ isUntouched }, index) => {
            expect(table.find(String(index)) === -1).toBe(isUntouched);
          });
        },
      ),
    );
  });
});
