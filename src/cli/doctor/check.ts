/** The outcome of a check. Only a `fail` fails the command. */
export type CheckOutcome = 'pass' | 'warn' | 'fail' | 'skip';

/** Every check, in the order of the report. */
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

/** What a check found, without its id and its store. */
export interface Finding {
  readonly result: CheckOutcome;
  /** One sentence without secrets. */
  readonly detail: string;
  /** The setting or the command that solves the problem; null without a problem. */
  readonly fix: string | null;
}

/** The result of a check, as `--json` prints it. */
export interface CheckResult extends Finding {
  readonly id: CheckId;
  /** The checked store; null when the check is not about one. */
  readonly storeId: string | null;
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

/** The worst of several findings, joined with all that are as bad. */
export function worstOf(findings: readonly Finding[]): Finding {
  const result = SEVERITY.find((outcome) => findings.some((found) => found.result === outcome));
  const worst = findings.filter((found) => found.result === result);
  const texts = (of: (found: Finding) => string | null): string =>
    [...new Set(worst.flatMap((found) => of(found) ?? []))].join(' ');
  const fix = texts((found) => found.fix);
  return { result: result ?? 'skip', detail: texts(({ detail }) => detail), fix: fix || null };
}
