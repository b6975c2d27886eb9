import { UsageError } from '../command.js';
import { readOptions, readText, type ReadOptions } from '../options.js';
import type { ApplicationTarget, RouteTarget } from './url/application.js';

/** The arguments of the command, parsed. */
export interface DoctorArguments {
  /** The configuration file; null for the default locations. */
  readonly file: string | null;
  readonly isJson: boolean;
  readonly application: ApplicationTarget | null;
}

const DOCTOR_OPTIONS = {
  json: { type: 'boolean' },
  url: { type: 'string' },
  route: { type: 'string' },
  'health-path': { type: 'string' },
  'metrics-path': { type: 'string' },
} as const;

const NEEDS_URL = ['route', 'health-path', 'metrics-path'] as const;

/** The help text. */
export const DOCTOR_USAGE = `Usage: rate-sync doctor [file] [options]

Checks the configuration, the servers behind it and, with --url, the running application.

  --url URL             the application, such as http://localhost:3000
  --route [METHOD] PATH a limited route; it is called until it responds with 429 (at most 1000 times)
  --health-path PATH    default /health/rate-limiter
  --metrics-path PATH   default /metrics
  --json                print one JSON object

Exit codes: 0 no check failed, 1 a check failed, 2 error.`;

/** Parses the arguments of `doctor`. Throws a `UsageError`, which repeats no value. */
export function readArguments(args: readonly string[]): DoctorArguments {
  const { values, positionals } = readOptions(args, DOCTOR_OPTIONS);
  if (positionals.length > 1) {
    throw new UsageError('more than one file. Quote a --route with a method.');
  }
  const application = readApplication(values);
  return { file: positionals[0] ?? null, isJson: values['json'] === true, application };
}

function readApplication(values: ReadOptions['values']): ApplicationTarget | null {
  const url = readText(values['url']);
  if (url === undefined) {
    const needless = NEEDS_URL.find((name) => values[name] !== undefined);
    if (needless === undefined) return null;
    throw new UsageError(`--${needless} needs --url.`);
  }
  const route = readText(values['route']);
  return {
    base: readUrl(url),
    healthPath: readPath(values, 'health-path', '/health/rate-limiter'),
    metricsPath: readPath(values, 'metrics-path', '/metrics'),
    route: route === undefined ? null : readRoute(route),
  };
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError('--url must be like http://localhost:3000.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--url must not hold a user name or password.');
  }
  return new URL(url.pathname, url.origin);
}

function readRoute(text: string): RouteTarget {
  const match = /^(?:(?<method>[A-Za-z]+) +)?(?<path>\/\S*)$/.exec(text.trim());
  if (match?.groups?.['path'] === undefined) {
    throw new UsageError('--route must be like /public or "POST /auth/login".');
  }
  const { method = 'GET', path } = match.groups;
  return { method: method.toUpperCase(), path };
}

function readPath(values: ReadOptions['values'], option: string, fallback: string): string {
  const path = readText(values[option]) ?? fallback;
  if (!/^\/\S*$/.test(path)) throw new UsageError(`--${option} must begin with "/".`);
  return path;
}
