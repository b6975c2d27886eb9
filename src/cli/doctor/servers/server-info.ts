import type {
  AdminConnection,
  AdminReply,
} from '../../../stores/redis/connection/admin-connection.js';

/** A property of a server, or why it is unknown. */
export type Fact =
  | { readonly isKnown: true; readonly value: string }
  | { readonly isKnown: false; readonly reason: string };

/** The properties of one server. Each command is sent once. */
export class ServerInfo {
  readonly server: AdminConnection;
  readonly #replies = new Map<string, Promise<AdminReply>>();

  constructor(server: AdminConnection) {
    this.server = server;
  }

  /** A field of INFO. */
  async field(section: string, name: string): Promise<Fact> {
    const reply = await this.#send('INFO', section);
    if (!reply.isAnswer) return unreadable(`INFO ${section}`, reply);
    const lines = String(reply.value).split('\r\n');
    const line = lines.find((text) => text.startsWith(`${name}:`));
    return line === undefined
      ? { isKnown: false, reason: `the server does not report ${name}` }
      : { isKnown: true, value: line.slice(name.length + 1) };
  }

  /** A setting by CONFIG GET. */
  async setting(name: string): Promise<Fact> {
    const reply = await this.#send('CONFIG', 'GET', name);
    if (!reply.isAnswer) return unreadable(`CONFIG GET ${name}`, reply);
    const value: unknown = Array.isArray(reply.value) ? reply.value[1] : undefined;
    return typeof value === 'string'
      ? { isKnown: true, value }
      : { isKnown: false, reason: `the server does not report ${name}` };
  }

  #send(name: string, ...args: readonly string[]): Promise<AdminReply> {
    const key = [name, ...args].join(' ');
    const reply = this.#replies.get(key) ?? this.server.ask(name, ...args);
    this.#replies.set(key, reply);
    return reply;
  }
}

/** The number in a fact; null when it is unknown or no number. */
export function numberOf(fact: Fact): number | null {
  const number = fact.isKnown ? Number(fact.value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

/** The reason of the first unknown fact. */
export function whyUnknown(...facts: readonly Fact[]): string {
  const [reason] = facts.flatMap((fact) => (fact.isKnown ? [] : [fact.reason]));
  return reason ?? 'the server does not report it';
}

function unreadable(command: string, reply: AdminReply & { readonly isAnswer: false }): Fact {
  const { kind, failureCode } = reply.failure;
  const why =
    kind === 'noperm'
      ? 'permission denied to this user'
      : failureCode === 'ERR'
        ? 'the server does not support it'
        : (failureCode ?? kind);
  return { isKnown: false, reason: `${command} failed: ${why}` };
}
