/** What a server answers: RESP2. */
export type RespValue = string | number | null | RespError | readonly RespValue[];

/** A reply that is an error. */
export class RespError extends Error {
  override readonly name = 'RespError';
  /** The first word: `MOVED`, `OOM`, `ERR`. */
  readonly code: string;

  constructor(message: string) {
    super(message);
    this.code = message.split(' ', 1)[0] ?? '';
  }
}

interface Parsed<T> {
  readonly value: T;
  /** Where the next value begins. */
  readonly next: number;
}

/** How bulk strings are read: as text, or each byte as a character. */
export type BulkEncoding = 'utf8' | 'latin1';

/** Reads the value that begins at `offset`; undefined while its end has not arrived. */
export function parseReply(
  bytes: Buffer,
  offset: number,
  encoding: BulkEncoding,
): Parsed<RespValue> | undefined {
  const end = bytes.indexOf('\r\n', offset);
  if (end === -1) return undefined;
  const type = String.fromCharCode(bytes[offset] ?? 0);
  const line = bytes.toString('utf8', offset + 1, end);
  const next = end + 2;
  switch (type) {
    case '+':
      return { value: line, next };
    case '-':
      return { value: new RespError(line), next };
    case ':':
      return { value: Number(line), next };
    case '$':
      return parseBulk(bytes, next, Number(line), encoding);
    case '*':
      return parseArray(bytes, next, Number(line), encoding);
    default:
      throw new Error(`not RESP2: "${type}${line}"`);
  }
}

function parseBulk(
  bytes: Buffer,
  start: number,
  length: number,
  encoding: BulkEncoding,
): Parsed<RespValue> | undefined {
  if (length < 0) return { value: null, next: start };
  const next = start + length + 2;
  if (bytes.length < next) return undefined;
  return { value: bytes.toString(encoding, start, start + length), next };
}

function parseArray(
  bytes: Buffer,
  start: number,
  count: number,
  encoding: BulkEncoding,
): Parsed<RespValue> | undefined {
  if (count < 0) return { value: null, next: start };
  const value: RespValue[] = [];
  let next = start;
  while (value.length < count) {
    const item = parseReply(bytes, next, encoding);
    if (item === undefined) return undefined;
    value.push(item.value);
    next = item.next;
  }
  return { value, next };
}

/** A command as servers read it. */
export function encodeCommand(args: readonly (string | number | Buffer)[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`*${String(args.length)}\r\n`)];
  for (const arg of args) {
    const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${String(bytes.length)}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/** The lines `name:value` of an INFO, by name. */
export function parseInfo(reply: RespValue): Readonly<Record<string, string>> {
  const lines = String(reply).split('\r\n');
  return Object.fromEntries(
    lines
      .map((line) => [line, line.indexOf(':')] as const)
      .filter(([line, colon]) => colon > 0 && !line.startsWith('#'))
      .map(([line, colon]) => [line.slice(0, colon), line.slice(colon + 1)]),
  );
}
