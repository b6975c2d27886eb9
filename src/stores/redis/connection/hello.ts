/** What a server says of itself. */
export interface Hello {
  readonly mode: string | null;
  readonly role: string | null;
  readonly version: string | null;
}

/**
 * Reads the answer to `HELLO` without arguments: a flat list of names and values, or an object,
 * depending on the protocol and the client. What is missing is null.
 */
export function readHello(reply: unknown): Hello {
  const fields = fieldsOf(reply);
  return { mode: fields('mode'), role: fields('role'), version: fields('version') };
}

function fieldsOf(reply: unknown): (name: string) => string | null {
  if (Array.isArray(reply)) {
    return (name) => textOr(reply[reply.indexOf(name) + 1] as unknown, reply.includes(name));
  }
  if (reply instanceof Map) return (name) => textOr(reply.get(name), true);
  if (typeof reply === 'object' && reply !== null) {
    return (name) => textOr((reply as Record<string, unknown>)[name], true);
  }
  return () => null;
}

function textOr(value: unknown, isThere: boolean): string | null {
  return isThere && typeof value === 'string' ? value : null;
}

/** What a server says of itself; nothing when it does not know the question (some proxies do not). */
export async function hello(ask: (command: string) => Promise<unknown>): Promise<Hello> {
  try {
    return readHello(await ask('HELLO'));
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('unknown command')) throw error;
    return readHello(null);
  }
}
