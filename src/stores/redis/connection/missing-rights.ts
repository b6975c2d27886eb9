/** A right that a user lacks: to run a command, or to access a key. */
export type MissingRight =
  { readonly kind: 'command'; readonly name: string } | { readonly kind: 'key' };

/** The name of a command or a subcommand, and no other text of a server. */
const COMMAND = '[a-z]{2,20}(?:[|-][a-z]{2,20}){0,2}';

/** How the probe of the script lists commands: `RATE_SYNC_LACKS GET GETRANGE.` */
const PROBED = new RegExp(`RATE_SYNC_(?<why>LACKS|UNKNOWN)(?<names>(?: ${COMMAND}){1,30})\\.`, 'i');

/** Commands that the user may not run (`lacks`), or that the server does not know (`unknown`). */
export interface ProbedCommands {
  readonly why: 'lacks' | 'unknown';
  readonly names: readonly string[];
}

/** Reads the commands that a probe of the script lists; null for any other message. */
export function probedCommands(message: string): ProbedCommands | null {
  const groups = PROBED.exec(message)?.groups;
  if (groups === undefined) return null;
  const names = (groups['names'] ?? '').trim().toLowerCase().split(' ');
  return { why: groups['why'] === 'LACKS' ? 'lacks' : 'unknown', names };
}

/** Reads only the name of a command from an error of the server; not keys, not users. */
export function missingRight(message: string): MissingRight | null {
  if (!message.startsWith('NOPERM')) return null;
  return missingCommand(message) ?? { kind: 'key' };
}

/** The command of an error such as `… no permissions to run the 'get' command`. */
export function missingCommand(message: string): MissingRight | null {
  const quoted = new RegExp(`'(?<name>${COMMAND})' command`, 'i').exec(message);
  const name = quoted?.groups?.['name'];
  return name === undefined ? null : { kind: 'command', name: name.toLowerCase() };
}

/** The command of `unknown command 'evalsha', with args …`; null when none is named. */
export function unknownCommand(message: string): string | null {
  const named = new RegExp(`unknown command [\`'"](?<name>${COMMAND})[\`'"]`, 'i').exec(message);
  return named?.groups?.['name']?.toUpperCase() ?? null;
}
