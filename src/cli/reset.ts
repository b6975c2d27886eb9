import { createInterface } from 'node:readline/promises';
import { UsageError, type Command } from './command.js';
import { printState, stateOf } from './inspect.js';
import {
  decidedByStore,
  IDENTIFIER_OPTIONS,
  withLimitedIdentifier,
  type LimitedIdentifier,
} from './limited-identifier.js';
import type { Terminal } from './terminal.js';

export const reset: Command = {
  name: 'reset',
  summary: 'resets the usage of one identifier',
  usage: `Usage: rate-sync reset LIMITER [IDENTIFIER …] [--yes] [options]

Resets the units and slots of one identifier, after a confirmation. Processes that have cached a
denial of the identifier notice within deny_cache_seconds.

  --yes, -y      reset without a confirmation; required without a terminal
${IDENTIFIER_OPTIONS}

Exit codes: 0 reset, 1 not confirmed, 2 error.`,
  run: (context) =>
    withLimitedIdentifier(context, async (limited) => {
      const { limiter, identifier, isJson } = limited;
      const { terminal } = context;
      const before = decidedByStore(await limiter.peek(identifier));
      if (!isJson) printState(limiter, before, terminal);
      if (!(await isConfirmed(limited, terminal))) {
        terminal.note('Nothing was changed.');
        return 1;
      }
      await limiter.reset(identifier);
      const after = decidedByStore(await limiter.peek(identifier));
      if (isJson) {
        terminal.print(JSON.stringify({ before: stateOf(before), after: stateOf(after) }));
      } else {
        terminal.print();
        printState(limiter, after, terminal);
      }
      return 0;
    }),
};

async function isConfirmed(limited: LimitedIdentifier, terminal: Terminal): Promise<boolean> {
  if (limited.isConfirmed) return true;
  if (!terminal.isInteractive) {
    throw new UsageError('there is no terminal for the confirmation; pass --yes.');
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const reply = await prompt.question(`Reset this identifier of "${limited.limiter.id}"? [y/N] `);
    return /^y(es)?$/i.test(reply.trim());
  } catch {
    return false;
  } finally {
    prompt.close();
  }
}
