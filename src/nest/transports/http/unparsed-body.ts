import type { IncomingHttpHeaders } from 'node:http';

/** What is read of a request to tell whether its body was parsed. */
interface RequestWithBody {
  readonly headers?: IncomingHttpHeaders | undefined;
  readonly body?: unknown;
}

/** The media type of a body that was sent and not parsed into fields, or null. */
export function unparsedBodyOf({ headers = {}, body }: RequestWithBody): string | null {
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
