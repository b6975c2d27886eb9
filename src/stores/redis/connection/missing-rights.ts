/** What a user may not do: run a command, or touch a key. */
export type MissingRight =
  { readonly kind: 'command'; readonly name: string } | { readonly kind: 'key' };

/** A name of a command, or of a part of one, and nothing else that a server may say. */
const COMMAND = '[a-z]{2,20}(?:[|-][a-z]{2,20}){0,2}';

/** How the script lists what its probe was refused: `RATE_SYNC_LACKS GET GETRANGE.` */
const PROBED = new RegExp(`RATE_SYNC_(?<why>LACKS|UNKNOWN)(?<names>(?: ${COMMAND}){1,30})\\.`, 'i');

/** What the probe of the script was refused, for want of rights (`lacks`) or by every user. */
export interface ProbedCommands {
  readonly why: 'lacks' | 'unknown';
  readonly names: readonly string[];
}

/** Reads what the probe of the script found; null when a message is not about that. */
export function probedCommands(message: string): ProbedCommands | null {
  const groups = PROBED.exec(message)?.groups;
  if (groups === undefined) return null;
  const names = (groups['names'] ?? '').trim().toLowerCase().split(' ');
  return { why: groups['why'] === 'LACKS' ? 'lacks' : 'unknown', names };
}

/** Only the name of a command is taken from the server's words; keys and users stay there. */
export function missingRight(message: string): MissingRight | null {
  if (!message.startsWith('NOPERM')) return null;
  return missingCommand(message) ?? { kind: 'key' };
}

/** The command of a refusal such as `… no permissions to run the 'get' command`. */
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
