import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as errors from './index.js';
import type { RateSyncErrorCode } from './index.js';

/** The type guard of each code. The compiler requires every code. */
const GUARDS = {
  RATE_SYNC_INVALID_CONFIG: 'isConfigurationError',
  RATE_SYNC_UNKNOWN_LIMITER: 'isLimiterNotFoundError',
  RATE_SYNC_STORE_UNAVAILABLE: 'isStoreUnavailableError',
  RATE_SYNC_ACQUIRE_TIMEOUT: 'isAcquireTimeoutError',
  RATE_SYNC_COST_EXCEEDS_LIMIT: 'isCostExceedsLimitError',
  RATE_SYNC_LEASE_REQUIRED: 'isLeaseRequiredError',
  RATE_SYNC_LEASE_ENDED: 'isLeaseEndedError',
  RATE_SYNC_INVALID_COST: 'isInvalidCostError',
  RATE_SYNC_INVALID_IDENTIFIER: 'isInvalidIdentifierError',
  RATE_SYNC_INVALID_USAGE: 'isInvalidUsageError',
  RATE_SYNC_CLOSED: 'isClosedError',
} as const satisfies Record<RateSyncErrorCode, keyof typeof errors>;
const CODES = Object.keys(GUARDS) as RateSyncErrorCode[];

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const publicNames = readFileSync(
  new URL('../../../test/architecture/public-names/nestjs.txt', import.meta.url),
  'utf8',
).split('\n');
const sections = page.split(/^(?=#+ )/m);
const headings = sections.map((section) => section.split('\n', 1).join());

function sectionOf(code: RateSyncErrorCode): string {
  return sections.find((section) => section.startsWith(`## ${code}\n`)) ?? '';
}

describe('docs/errors.md', () => {
  it('has one heading for each code and no heading for an unknown code', () => {
    const documented = headings.filter((heading) => /rate_sync/i.test(heading));
    expect(documented.sort()).toEqual(CODES.map((code) => `## ${code}`).sort());
  });

  it.each(CODES)('documents when %s occurs, what it carries and what to do', (code) => {
    expect(sectionOf(code)).toContain(`\n${code}: `);
    for (const heading of ['When', 'Carries', 'What to do']) {
      expect(sectionOf(code)).toContain(`**${heading}**:`);
    }
  });

  it.each(CODES)('C11: names the type guard of %s, which the package exports', (code) => {
    const named = [...sectionOf(code).matchAll(/\bguard\s+`(\w+)`/g)].map(([, name]) => name);
    expect(named).toEqual([GUARDS[code]]);
    expect(errors[GUARDS[code]](Object.assign(new Error('from another copy'), { code }))).toBe(
      true,
    );
    expect(publicNames).toContain(`${GUARDS[code]} (value)`);
  });

  it('lists every code with a link to its section', () => {
    for (const code of CODES) expect(page).toContain(`[${code}](#${code.toLowerCase()})`);
  });
});
