import { RETRY_AFTER } from './header-names.js';
import type { AdaptedResponse } from './response-end.js';

type WriteHead = (this: unknown, status: number, ...rest: unknown[]) => unknown;

/** The part of a response that matters here; every form of the call is passed on unchanged. */
interface Withdrawable {
  writeHead: WriteHead;
  removeHeader(name: string): void;
}

/** The first status that is no success and no redirection. */
const FIRST_ERROR = 400;

/**
 * Removes `Retry-After` from a denied request that succeeds nevertheless: a guard that extends or
 * wraps this one may swallow the denial. The status is not known before the headers are written.
 */
export function withdrawRetryAfterOnSuccess(response: AdaptedResponse): void {
  const raw = ('raw' in response ? response.raw : response) as unknown as Withdrawable;
  const { writeHead } = raw;
  raw.writeHead = (status, ...rest) => {
    raw.writeHead = writeHead;
    if (status < FIRST_ERROR) withdraw(raw, rest);
    return writeHead.call(raw, status, ...rest);
  };
}

/** Express has set its headers already; Fastify passes them as the last argument. */
function withdraw(raw: Withdrawable, rest: readonly unknown[]): void {
  raw.removeHeader(RETRY_AFTER.usual);
  const headers = rest.at(-1);
  if (typeof headers === 'object' && headers !== null)
    Reflect.deleteProperty(headers, RETRY_AFTER.lower);
}
