import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StoreUnavailableError, type StoreFailureKind } from './store-unavailable-error.js';
import { causeOf, describeFailure, STORE_CAUSES } from './store-causes.js';

/** The compiler sees to it that no kind is missing here, and none too many. */
const KINDS = Object.keys({
  timeout: true,
  connection: true,
  protocol: true,
  auth: true,
  tls: true,
  topology: true,
  database: true,
  oom: true,
  readonly: true,
  loading: true,
  busy: true,
  misconf: true,
  noperm: true,
  unsupported: true,
  cluster_down: true,
  overload: true,
  circuit_open: true,
  data: true,
  unknown: true,
} satisfies Record<StoreFailureKind, true>) as readonly StoreFailureKind[];

describe('B5: the causes for which a store cannot answer', () => {
  it.each(KINDS)('%s has one sentence for codes without one of their own', (kind) => {
    const general = STORE_CAUSES.filter((row) => row.kind === kind && row.codes.length === 0);
    expect(general).toHaveLength(1);
    expect(causeOf(kind, 'NEVER_HEARD_OF')).toBe(general[0]);
    expect(causeOf(kind, null)).toBe(general[0]);
  });

  it('have each a sentence of their own, and something to do', () => {
    const sentences = STORE_CAUSES.map(({ says }) => says);
    expect(new Set(sentences).size).toBe(sentences.length);
    for (const { says, fix } of STORE_CAUSES) {
      expect(says).toMatch(/^[a-z].*[^.]$/);
      expect(fix).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('have no code twice in a kind', () => {
    const codes = STORE_CAUSES.flatMap((row) => row.codes.map((code) => `${row.kind}/${code}`));
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('tell to see whether it runs only where that is the cause', () => {
    const vague = STORE_CAUSES.filter(({ fix }) => fix.startsWith('Check that it runs'));
    const kinds = new Set(vague.map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(['circuit_open', 'connection', 'timeout', 'unknown']);
  });

  it('make the message of the error', () => {
    const error = new StoreUnavailableError({
      storeId: 'main',
      kind: 'noperm',
      failureCode: 'NOPERM',
      address: '10.0.0.1:6379',
      missing: '+get',
    });
    expect(error.message).toBe(
      'RATE_SYNC_STORE_UNAVAILABLE: store "main" at 10.0.0.1:6379 refuses this user what the ' +
        'store needs: +get (noperm, NOPERM). Grant it with `ACL SETUSER`: ' +
        'docs/deployment/security.md has the whole line.',
    );
    expect(error.missing).toBe('+get');
  });

  it('are for kinds that nobody knows, too', () => {
    expect(describeFailure('it', { kind: 'new', failureCode: null })).toContain('not known (new)');
  });

  it('are all in docs/errors.md, in the same words', () => {
    const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z_]+)` *\| (.*?) *\| (.*?) *\|$/gm)].map(
      ([, kind, codes, says]) => [kind, codes, says],
    );
    expect(rows).toEqual(
      STORE_CAUSES.map(({ kind, codes, says }) => [
        kind,
        codes.map((code) => `\`${code}\``).join(', ') || 'any other',
        says,
      ]),
    );
  });
});
