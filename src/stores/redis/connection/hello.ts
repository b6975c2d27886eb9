/** A server by its reply to `HELLO`. */
export interface Hello {
  readonly mode: string | null;
  readonly role: string | null;
  readonly version: string | null;
}

/**
 * Reads the reply to `HELLO` without arguments: a flat list of names and values, or an object,
 * depending on the protocol and the client. Missing fields are null.
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

function textOr(value: unknown, exists: boolean): string | null {
  return exists && typeof value === 'string' ? value : null;
}

/** Sends `HELLO`. All fields are null when the server does not know it (some proxies do not). */
export async function hello(command: (name: string) => Promise<unknown>): Promise<Hello> {
  try {
    return readHello(await command('HELLO'));
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('unknown command')) throw error;
    return readHello(null);
  }
}
