import type {
  AdminConnection,
  AdminReply,
} from '../../../stores/redis/connection/admin-connection.js';

/** Something that a server says of itself, or why it does not. */
export type Fact =
  | { readonly isKnown: true; readonly value: string }
  | { readonly isKnown: false; readonly reason: string };

/** What one server says of itself. Everything is asked once. */
export class ServerInfo {
  readonly server: AdminConnection;
  readonly #replies = new Map<string, Promise<AdminReply>>();

  constructor(server: AdminConnection) {
    this.server = server;
  }

  /** A field of INFO. */
  async info(section: string, field: string): Promise<Fact> {
    const reply = await this.#ask('INFO', section);
    if (!reply.isAnswer) return unreadable(`INFO ${section}`, reply);
    const lines = String(reply.value).split('\r\n');
    const line = lines.find((text) => text.startsWith(`${field}:`));
    return line === undefined
      ? { isKnown: false, reason: `the server does not tell ${field}` }
      : { isKnown: true, value: line.slice(field.length + 1) };
  }

  /** A setting, as CONFIG GET tells it. */
  async setting(name: string): Promise<Fact> {
    const reply = await this.#ask('CONFIG', 'GET', name);
    if (!reply.isAnswer) return unreadable(`CONFIG GET ${name}`, reply);
    const value: unknown = Array.isArray(reply.value) ? reply.value[1] : undefined;
    return typeof value === 'string'
      ? { isKnown: true, value }
      : { isKnown: false, reason: `the server does not tell ${name}` };
  }

  #ask(name: string, ...args: readonly string[]): Promise<AdminReply> {
    const key = [name, ...args].join(' ');
    const asked = this.#replies.get(key) ?? this.server.ask(name, ...args);
    this.#replies.set(key, asked);
    return asked;
  }
}

/** A number among the facts; null when it is not known or none. */
export function numberOf(fact: Fact): number | null {
  const number = fact.isKnown ? Number(fact.value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

/** The first reason why one of the facts is not known. */
export function whyUnknown(...facts: readonly Fact[]): string {
  const [reason] = facts.flatMap((fact) => (fact.isKnown ? [] : [fact.reason]));
  return reason ?? 'the server does not tell';
}

function unreadable(what: string, reply: AdminReply & { readonly isAnswer: false }): Fact {
  const { kind, failureCode } = reply.failure;
  const why =
    kind === 'noperm'
      ? 'permission denied to this user'
      : failureCode === 'ERR'
        ? 'the server does not offer it'
        : (failureCode ?? kind);
  return { isKnown: false, reason: `${what} could not be read: ${why}` };
}
