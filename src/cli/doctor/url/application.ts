/** An application that is asked over HTTP, and where. */
export interface ApplicationTarget {
  /** Without credentials, query and fragment. */
  readonly base: URL;
  readonly healthPath: string;
  readonly metricsPath: string;
  /** A limited route; null when none was named. */
  readonly route: RouteTarget | null;
}

/** A route, and how it is called. */
export interface RouteTarget {
  readonly method: string;
  readonly path: string;
}

/** An answer, or why there is none. */
export type HttpAnswer =
  | {
      readonly isAnswer: true;
      readonly status: number;
      readonly headers: Headers;
      readonly body: string;
    }
  | { readonly isAnswer: false; readonly cause: string };

const PATIENCE_MS = 5_000;

/** No more of a body is looked at. */
const MAX_BODY_BYTES = 4 * 1_048_576;

/** Asks the application once. Never rejects, and follows no redirect. */
export async function askApplication(
  base: URL,
  { method, path }: RouteTarget,
): Promise<HttpAnswer> {
  const url = new URL(path.replace(/^\/+/, ''), base.href.endsWith('/') ? base : `${base.href}/`);
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(method === 'GET' || method === 'HEAD'
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: '{}' }),
    });
    const body = await readBounded(response);
    return { isAnswer: true, status: response.status, headers: response.headers, body };
  } catch (error) {
    return { isAnswer: false, cause: causeOf(error) };
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
    return `no answer within ${String(PATIENCE_MS / 1_000)} s`;
  }
  const cause = error instanceof Error ? error.cause : undefined;
  return isSystemError(cause) ? cause.code : 'the connection failed';
}

/** True for an error of the system or of TLS, which has a code such as `ECONNREFUSED`. */
function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
