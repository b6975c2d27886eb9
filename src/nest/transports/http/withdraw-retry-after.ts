import { RETRY_AFTER } from './header-names.js';
import type { AdaptedResponse } from './response-end.js';

type WriteHead = (this: unknown, status: number, ...rest: unknown[]) => unknown;

/** A response as far as it matters here; the several forms of the call are passed on as they are. */
interface Withdrawable {
  writeHead: WriteHead;
  removeHeader(name: string): void;
}

/** The first status that is no success and no redirection. */
const FIRST_ERROR = 400;

/**
 * Takes `Retry-After` back from a refused request that is answered with success all the same: a
 * guard that extends or holds ours may swallow the refusal, and tells nobody. The status is known
 * when the headers are written, and not before.
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

/** Express has set its headers; Fastify hands them over last. */
function withdraw(raw: Withdrawable, rest: readonly unknown[]): void {
  raw.removeHeader(RETRY_AFTER.usual);
  const headers = rest.at(-1);
  if (typeof headers === 'object' && headers !== null)
    Reflect.deleteProperty(headers, RETRY_AFTER.lower);
}
