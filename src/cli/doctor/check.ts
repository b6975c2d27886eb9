/** How a check ended. A `warn` is worth a look; only a `fail` fails the command. */
export type CheckOutcome = 'pass' | 'warn' | 'fail' | 'skip';

/** What is looked at, in the order in which it is told. */
export const CHECK_IDS = [
  'config',
  'variables',
  'fail-closed',
  'store-reachable',
  'authentication',
  'tls',
  'hash-secret',
  'server-version',
  'topology',
  'eviction-policy',
  'permissions',
  'latency',
  'clock',
  'persistence',
  'memory',
  'connections',
  'enforcement',
  'url-health',
  'url-metrics',
  'url-headers',
  'url-limit',
] as const;

export type CheckId = (typeof CHECK_IDS)[number];

/** What a check found out, before it is known which check of which store it was. */
export interface Finding {
  readonly result: CheckOutcome;
  /** What was found, in a sentence. Holds no secrets. */
  readonly detail: string;
  /** The setting or the command that mends it; null when there is nothing to mend. */
  readonly fix: string | null;
}

/** The result of a check, as `--json` prints it. */
export interface CheckResult extends Finding {
  readonly id: CheckId;
  /** The store that was looked at; null when the check is not about one. */
  readonly store: string | null;
}

export function pass(detail: string): Finding {
  return { result: 'pass', detail, fix: null };
}

export function skip(detail: string): Finding {
  return { result: 'skip', detail, fix: null };
}

export function warn(detail: string, fix: string): Finding {
  return { result: 'warn', detail, fix };
}

export function fail(detail: string, fix: string): Finding {
  return { result: 'fail', detail, fix };
}

const SEVERITY: readonly CheckOutcome[] = ['fail', 'warn', 'skip', 'pass'];

/** The worst of several findings, and with it all that are as bad. */
export function worstOf(findings: readonly Finding[]): Finding {
  const result = SEVERITY.find((outcome) => findings.some((found) => found.result === outcome));
  const worst = findings.filter((found) => found.result === result);
  const texts = (of: (found: Finding) => string | null): string =>
    [...new Set(worst.flatMap((found) => of(found) ?? []))].join(' ');
  const fix = texts((found) => found.fix);
  return { result: result ?? 'skip', detail: texts(({ detail }) => detail), fix: fix || null };
}
