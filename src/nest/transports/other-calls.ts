import type { ExecutionContext } from '@nestjs/common';
import type { TransportCalls } from './transport.js';

/** Where `info` is in the arguments of a GraphQL resolver. */
const GRAPHQL_INFO = 3;

/**
 * Calls of transports without a definition. One request makes many of them (aliases of a field
 * share it, and so do the messages of a socket), so the request does not stand for the call.
 */
export const otherCalls: TransportCalls = {
  name: 'other',
  owns: () => true,
  callOf: (execution: ExecutionContext) => {
    const args: unknown[] = execution.getArgs();
    if (execution.getType<string>() !== 'graphql') return args;
    const info = args[GRAPHQL_INFO];
    return typeof info === 'object' && info !== null ? info : args;
  },
};
