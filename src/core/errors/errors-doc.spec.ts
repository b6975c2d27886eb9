import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RateSyncErrorCode } from './index.js';

/** The compiler sees to it that no code is missing here, and none too many. */
const CODES = Object.keys({
  RATE_SYNC_INVALID_CONFIG: true,
  RATE_SYNC_UNKNOWN_LIMITER: true,
  RATE_SYNC_STORE_UNAVAILABLE: true,
  RATE_SYNC_ACQUIRE_TIMEOUT: true,
  RATE_SYNC_COST_EXCEEDS_LIMIT: true,
  RATE_SYNC_LEASE_REQUIRED: true,
  RATE_SYNC_LEASE_ENDED: true,
  RATE_SYNC_INVALID_COST: true,
  RATE_SYNC_INVALID_IDENTIFIER: true,
  RATE_SYNC_INVALID_USAGE: true,
  RATE_SYNC_CLOSED: true,
} satisfies Record<RateSyncErrorCode, true>);

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const sections = page.split(/^(?=#+ )/m);
const headings = sections.map((section) => section.split('\n', 1).join());

describe('docs/errors.md', () => {
  it('has one heading for every code, and none that looks like a code and is none', () => {
    const documented = headings.filter((heading) => /rate_sync/i.test(heading));
    expect(documented.sort()).toEqual(CODES.map((code) => `## ${code}`).sort());
  });

  it.each(CODES)('says of %s when it comes, what it carries and what to do', (code) => {
    const section = sections.find((each) => each.startsWith(`## ${code}\n`)) ?? '';
    expect(section).toContain(`\n${code}: `);
    for (const question of ['When', 'Carries', 'What to do']) {
      expect(section).toContain(`**${question}**:`);
    }
  });

  it('lists every code with a link to its section', () => {
    for (const code of CODES) expect(page).toContain(`[${code}](#${code.toLowerCase()})`);
  });
});
