import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StoreUnavailableError, type StoreFailureKind } from './store-unavailable-error.js';
import { causeOf, describeFailure, STORE_CAUSES } from './store-causes.js';

/** The compiler requires every kind here, and no other. */
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

describe('B5: the causes of an unavailable store', () => {
  it.each(KINDS)(
    'include one sentence of kind %s for codes without a sentence of their own',
    (kind) => {
      const general = STORE_CAUSES.filter((row) => row.kind === kind && row.codes.length === 0);
      expect(general).toHaveLength(1);
      expect(causeOf(kind, 'NEVER_HEARD_OF')).toBe(general[0]);
      expect(causeOf(kind, null)).toBe(general[0]);
    },
  );

  it('have distinct sentences, each with a fix', () => {
    const sentences = STORE_CAUSES.map(({ sentence }) => sentence);
    expect(new Set(sentences).size).toBe(sentences.length);
    for (const { sentence, fix } of STORE_CAUSES) {
      expect(sentence).toMatch(/^[a-z].*[^.]$/);
      expect(fix).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('list no code twice for one kind', () => {
    const codes = STORE_CAUSES.flatMap((row) => row.codes.map((code) => `${row.kind}/${code}`));
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('suggest checking that the server is running only where that may be the cause', () => {
    const vague = STORE_CAUSES.filter(({ fix }) => fix.startsWith('Check that it is running'));
    const kinds = new Set(vague.map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(['circuit_open', 'connection', 'timeout', 'unknown']);
  });

  it('form the message of the error', () => {
    const error = new StoreUnavailableError({
      storeId: 'main',
      kind: 'noperm',
      failureCode: 'NOPERM',
      address: '10.0.0.1:6379',
      missing: '+get',
    });
    expect(error.message).toBe(
      'RATE_SYNC_STORE_UNAVAILABLE: store "main" at 10.0.0.1:6379 denies this user permissions ' +
        'that the store needs: +get (noperm, NOPERM). Grant them with `ACL SETUSER`: ' +
        'docs/deployment/security.md has the complete command.',
    );
    expect(error.missing).toBe('+get');
  });

  it('include one for unknown kinds', () => {
    expect(describeFailure('it', { kind: 'new', failureCode: null })).toContain(
      'unknown reason (new)',
    );
  });

  it('are listed in docs/errors.md with the same sentences', () => {
    const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z_]+)` *\| (.*?) *\| (.*?) *\|$/gm)].map(
      ([, kind, codes, sentence]) => [kind, codes, sentence],
    );
    expect(rows).toEqual(
      STORE_CAUSES.map(({ kind, codes, sentence }) => [
        kind,
        codes.map((code) => `\`${code}\``).join(', ') || 'any other',
        sentence,
      ]),
    );
  });
});
