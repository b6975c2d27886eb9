import type { Decision } from '../core/decision.js';
import type { Limiter } from '../limiter/limiter.js';
import type { Command } from './command.js';
import { describeMs, describePolicy } from './describe.js';
import { decidedByStore, IDENTIFIER_OPTIONS, withLimitedIdentifier } from './limited-identifier.js';
import type { Terminal } from './terminal.js';

export const inspect: Command = {
  name: 'inspect',
  summary: 'shows the usage of one identifier, without consuming',
  usage: `Usage: rate-sync inspect LIMITER [IDENTIFIER …] [options]

Shows how many units an identifier has used and when they are free again. Consumes nothing.
IDENTIFIER is the value in requests: an address, an e-mail address, the id of a user.

${IDENTIFIER_OPTIONS}

Exit codes: 0 allowed, 1 denied, 2 error.`,
  run: (context) =>
    withLimitedIdentifier(context, async ({ limiter, identifier, isJson }) => {
      const decision = decidedByStore(await limiter.peek(identifier));
      if (isJson) context.terminal.print(JSON.stringify(stateOf(decision)));
      else printState(limiter, decision, context.terminal);
      return decision.allowed ? 0 : 1;
    }),
};

/** The state of an identifier for `--json`. */
export function stateOf(decision: Decision): object {
  const { limiterId, allowed, limit, remaining, retryAfterMs, resetAfterMs } = decision;
  const used = limit - remaining;
  return { limiterId, allowed, limit, used, remaining, retryAfterMs, resetAfterMs };
}

/** Prints the state of an identifier. */
export function printState(limiter: Limiter, decision: Decision, terminal: Terminal): void {
  const { allowed, limit, remaining, retryAfterMs, resetAfterMs } = decision;
  const state = allowed
    ? terminal.paint('good', 'allowed')
    : `${terminal.paint('caution', 'denied')}, retry in ${describeMs(retryAfterMs)}`;
  terminal.print(`limiter  ${limiter.id} (${describePolicy(limiter.policy)})`);
  terminal.print(`state    ${state}`);
  terminal.print(`used     ${String(limit - remaining)} of ${String(limit)}`);
  terminal.print(`resets   ${resetAfterMs === 0 ? 'now' : `in ${describeMs(resetAfterMs)}`}`);
}
