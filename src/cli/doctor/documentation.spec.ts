import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CHECK_IDS } from './check.js';

it('every check is in docs/doctor.md, in the order in which it is made', () => {
  const page = readFileSync(new URL('../../../docs/doctor.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)`/gm)].map(([, id]) => id);
  expect(rows).toEqual([...CHECK_IDS]);
});
