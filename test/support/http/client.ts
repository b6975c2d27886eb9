import { request as httpRequest, type ClientRequest, type IncomingHttpHeaders } from 'node:http';

/** An answer that was read to its end. */
export interface Reply {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body parsed, or null when it is not JSON. */
  readonly json: unknown;
}

/** Headers of a request. */
export type RequestHeaders = Readonly<Record<string, string>>;

/** Longer than any answer may take; a request that hangs fails its test soon enough. */
const PATIENCE_MS = 20_000;

/** Sends a request with `fetch` and reads the answer. */
export async function send(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, {
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...init,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers.entries()),
    text,
    json: parsed(text),
  };
}

/** A request whose target and sender are exactly as given. */
export interface RawRequest {
  readonly method?: string;
  /** The request target, sent as it is: nothing is decoded, resolved or normalised. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** The address to send from: any of 127.0.0.0/8 belongs to this machine. */
  readonly from?: string;
  readonly body?: string;
}

/** Sends a request with `node:http`, which changes nothing about it, and reads the answer. */
export async function sendRaw(url: string, request: RawRequest): Promise<Reply> {
  const sent = openRaw(url, request);
  sent.on('timeout', () => sent.destroy(new Error('the answer took too long')));
  return new Promise<Reply>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers: flat(headers), text, json: parsed(text) });
      });
    });
  });
}

/** Sends a request and leaves the answer to the caller, who may hang up with `destroy()`. */
export function openRaw(url: string, request: RawRequest): ClientRequest {
  const { method = 'GET', path, headers = {}, from, body } = request;
  const { hostname, port } = new URL(url);
  const sent = httpRequest({
    hostname,
    port,
    method,
    path,
    headers,
    agent: false,
    timeout: PATIENCE_MS,
    ...(from === undefined ? {} : { localAddress: from }),
  });
  sent.end(body);
  return sent;
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
