import type { IncomingHttpHeaders } from 'node:http';
import type { WarnOnce } from '../../guard/warn-once.js';
import type { MissingValue } from '../transport.js';

/** The parts of a request that show whether its body was parsed. */
interface RequestWithBody {
  readonly headers?: IncomingHttpHeaders | undefined;
  readonly body?: unknown;
}

/** Warns when a `body:` source has no value because the body is not parsed when guards run. */
export function warnOfUnparsedBody(
  { limiterId, source, context }: MissingValue,
  warnings: WarnOnce,
): void {
  const mediaType = unparsedBodyOf(context.request as RequestWithBody);
  if (mediaType === null) return;
  warnings.about(
    `no body: ${limiterId} "${source}"`,
    () =>
      `limiter "${limiterId}": "${source}" has no value, because the body (${mediaType.slice(0, 80)}) is ` +
      "not parsed when guards run, so the request counted by the client's address. Parse it in a " +
      'middleware, send the value in a header or the path, or limit by it in the handler: see ' +
      '"Forms with files" in docs/guide.md. Logged once per limiter and source.',
  );
}

/** The media type of a body that was sent and not parsed into fields, or null. */
function unparsedBodyOf({ headers = {}, body }: RequestWithBody): string | null {
  const mediaType = headers['content-type']?.split(';', 1)[0]?.trim() ?? 'no content type';
  return isSent(headers) && !isParsed(body, mediaType) ? mediaType : null;
}

/** A request without a body has neither header (RFC 9112, section 6). */
function isSent(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

const HAS_FIELDS = /\bjson$|\/x-www-form-urlencoded$/i;

/** Some parsers leave an empty object where they parsed nothing, which is a body only as JSON. */
function isParsed(body: unknown, mediaType: string): boolean {
  if (body === undefined || body instanceof Uint8Array) return false;
  if (HAS_FIELDS.test(mediaType)) return true;
  return typeof body === 'object' && body !== null && Object.keys(body).length > 0;
}
