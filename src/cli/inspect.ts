import type { Decision } from '../core/decision.js';
import { CALLER_USAGE, decidedByStore, withCaller } from './limited-identifier.js';
import type { Command } from './command.js';
import { describeMs, describePolicy } from './describe-policy.js';
import type { Terminal } from './terminal.js';
import type { Limiter } from '../limiter/limiter.js';

export const inspect: Command = {
  name: 'inspect',
  summary: 'shows where a caller stands with a limiter',
  usage: `Usage: rate-sync inspect LIMITER [IDENTIFIER …] [options]

Shows how much of the limit a caller has left, and when it frees up. Takes nothing.
The identifier is what requests have: an address, an e-mail, a user's id.

${CALLER_USAGE}

Exit code: 0 the caller would pass, 1 it is refused, 2 could not run.`,
  run: (context) =>
    withCaller(context, async ({ limiter, identifier, isJson }) => {
      const decision = decidedByStore(await limiter.peek(identifier));
      if (isJson) context.terminal.print(JSON.stringify(stateOf(decision)));
      else printState(limiter, decision, context.terminal);
      return decision.allowed ? 0 : 1;
    }),
};

/** What is told of a caller, as `--json` prints it. */
export function stateOf(decision: Decision): object {
  const { limiterId, allowed, limit, remaining, retryAfterMs, resetAfterMs } = decision;
  const used = limit - remaining;
  return { limiter: limiterId, allowed, limit, used, remaining, retryAfterMs, resetAfterMs };
}

/** The same for people. */
export function printState(limiter: Limiter, decision: Decision, terminal: Terminal): void {
  const { allowed, limit, remaining, retryAfterMs, resetAfterMs } = decision;
  const verdict = allowed
    ? terminal.paint('green', 'passes')
    : `${terminal.paint('red', 'refused')}, free again in ${describeMs(retryAfterMs)}`;
  terminal.print(`limiter    ${limiter.id} (${describePolicy(limiter.policy)})`);
  terminal.print(`state      ${verdict}`);
  terminal.print(`used       ${String(limit - remaining)} of ${String(limit)}`);
  terminal.print(
    `untouched  ${resetAfterMs === 0 ? 'now' : `again in ${describeMs(resetAfterMs)}`}`,
  );
}
