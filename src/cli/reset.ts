import { createInterface } from 'node:readline/promises';
import {
  CALLER_USAGE,
  decidedByStore,
  withCaller,
  type CallerContext,
} from './limited-identifier.js';
import { UsageError, type Command } from './command.js';
import { printState, stateOf } from './inspect.js';
import type { Terminal } from './terminal.js';

export const reset: Command = {
  name: 'reset',
  summary: 'forgets what a caller has used of a limit',
  usage: `Usage: rate-sync reset LIMITER [IDENTIFIER …] [--yes] [options]

Forgets all that a limiter counts of one caller, slots included, after asking. Processes that have
just refused the caller notice within deny_cache_seconds.

  --yes, -y      does not ask; needed where there is no terminal
${CALLER_USAGE}`,
  run: (context) =>
    withCaller(context, async (caller) => {
      const { limiter, identifier, isJson } = caller;
      const { terminal } = context;
      const before = decidedByStore(await limiter.peek(identifier));
      if (!isJson) printState(limiter, before, terminal);
      if (!(await isWanted(caller, terminal))) {
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

async function isWanted({ isYes, limiter }: CallerContext, terminal: Terminal): Promise<boolean> {
  if (isYes) return true;
  if (!terminal.canAsk) {
    throw new UsageError('there is no terminal to ask on: say --yes to reset without asking.');
  }
  const question = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await question.question(`Reset this caller of "${limiter.id}"? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    question.close();
  }
}
