/** A running application and its routes. */
export interface ApplicationTarget {
  /** Without credentials, query and fragment. */
  readonly base: URL;
  readonly healthPath: string;
  readonly metricsPath: string;
  /** A limited route; null when none is named. */
  readonly route: RouteTarget | null;
}

/** A route and its method. */
export interface RouteTarget {
  readonly method: string;
  readonly path: string;
}

/** A response, or why there is none. */
export type HttpResult =
  | {
      readonly isResponse: true;
      readonly status: number;
      readonly headers: Headers;
      readonly body: string;
    }
  | { readonly isResponse: false; readonly cause: string };

const TIMEOUT_MS = 5_000;

/** Longer bodies are cut. */
const MAX_BODY_BYTES = 4 * 1_048_576;

/** Sends one request. Never rejects, and follows no redirect. */
export async function callApplication(
  base: URL,
  { method, path }: RouteTarget,
): Promise<HttpResult> {
  const url = new URL(path.replace(/^\/+/, ''), base.href.endsWith('/') ? base : `${base.href}/`);
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(method === 'GET' || method === 'HEAD'
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: '{}' }),
    });
    const body = await readBounded(response);
    return { isResponse: true, status: response.status, headers: response.headers, body };
  } catch (error) {
    return { isResponse: false, cause: causeOf(error) };
  }
}

async function readBounded(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function causeOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return `no response within ${String(TIMEOUT_MS / 1_000)} s`;
  }
  const cause = error instanceof Error ? error.cause : undefined;
  return isSystemError(cause) ? cause.code : 'the connection failed';
}

/** True for an error of the system or of TLS, which has a code such as `ECONNREFUSED`. */
function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
