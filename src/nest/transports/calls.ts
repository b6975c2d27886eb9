import type { ExecutionContext } from '@nestjs/common';
import { BUILT_IN_TRANSPORTS } from './built-in-transports.js';
import { otherCalls } from './other-calls.js';
import type { TransportCalls } from './transport.js';

/** The transport of a call; that of any other call for one that this package does not know. */
export function callsOf(execution: ExecutionContext): TransportCalls {
  const known = BUILT_IN_TRANSPORTS.find(({ calls }) => calls.owns(execution));
  return known?.calls ?? otherCalls;
}
