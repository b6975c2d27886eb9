import { parseArgs } from 'node:util';
import type { ApplicationTarget, RouteTarget } from './url/application.js';

/** What the command was asked for. */
export interface DoctorArguments {
  /** The configuration; null: the usual places. */
  readonly file: string | null;
  readonly isJson: boolean;
  readonly application: ApplicationTarget | null;
}

/** The options, as `node:util` reads them. */
export const DOCTOR_OPTIONS = {
  json: { type: 'boolean' },
  url: { type: 'string' },
  route: { type: 'string' },
  'health-path': { type: 'string' },
  'metrics-path': { type: 'string' },
} as const;

/** How the command is called. */
export const DOCTOR_USAGE = `Usage: rate-sync doctor [file] [options]

Checks the configuration, the servers behind it and, with --url, the running application.

  --url URL             where the application is, such as http://localhost:3000
  --route [METHOD] PATH a limited route; it is called until it answers 429 (1000 calls at most)
  --health-path PATH    default /health/rate-limiter
  --metrics-path PATH   default /metrics
  --json                one JSON object instead of text

Exit code: 0 nothing failed, 1 a check failed, 2 could not run.`;

/** The arguments cannot be used. The message is for the user, and repeats no value. */
export class DoctorUsageError extends Error {}

/** Reads the arguments after `doctor`. Throws `DoctorUsageError`. */
export function readArguments(args: readonly string[]): DoctorArguments {
  const { values, positionals } = parse(args);
  if (positionals.length > 1) {
    throw new DoctorUsageError('only one file can be looked at. Quote a --route with a method.');
  }
  const { url, route } = values;
  if (url === undefined) {
    const needless = (['route', 'health-path', 'metrics-path'] as const).find(
      (name) => values[name] !== undefined,
    );
    if (needless !== undefined) throw new DoctorUsageError(`--${needless} needs --url.`);
  }
  const application =
    url === undefined
      ? null
      : {
          base: readUrl(url),
          healthPath: readPath(values['health-path'] ?? '/health/rate-limiter', 'health-path'),
          metricsPath: readPath(values['metrics-path'] ?? '/metrics', 'metrics-path'),
          route: route === undefined ? null : readRoute(route),
        };
  return { file: positionals[0] ?? null, isJson: values.json ?? false, application };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: DOCTOR_OPTIONS, allowPositionals: true });
  } catch {
    throw new DoctorUsageError('there is an option that is not known, or lacks its value.');
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new DoctorUsageError('--url must be like http://localhost:3000.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new DoctorUsageError('--url must not hold a user name or password.');
  }
  return new URL(url.pathname, url.origin);
}

function readRoute(text: string): RouteTarget {
  const match = /^(?:(?<method>[A-Za-z]+) +)?(?<path>\/\S*)$/.exec(text.trim());
  if (match?.groups?.['path'] === undefined) {
    throw new DoctorUsageError('--route must be like /public or "POST /auth/login".');
  }
  const { method = 'GET', path } = match.groups;
  return { method: method.toUpperCase(), path };
}

function readPath(text: string, option: string): string {
  if (!/^\/\S*$/.test(text)) throw new DoctorUsageError(`--${option} must begin with "/".`);
  return text;
}
