import type { ExecutionContext } from '@nestjs/common';
import type { TransportCalls } from '../transport.js';
import { disconnectSignalOf } from './disconnect-signal.js';
import { rawRequestOf, type AdaptedRequest, type AdaptedResponse } from './response-end.js';

/** HTTP calls: one request is one call. */
export const httpCalls: TransportCalls = {
  name: 'http',
  owns: (execution) => execution.getType() === 'http',
  /** Node's own request, the same object for middleware and guards of both adapters. */
  callOf: (execution) => rawRequestOf(requestOf(execution)),
  signalOf: (execution) => disconnectSignalOf(requestOf(execution), responseOf(execution)),
};

function requestOf(execution: ExecutionContext): AdaptedRequest {
  return execution.getArgByIndex<AdaptedRequest>(0);
}

function responseOf(execution: ExecutionContext): AdaptedResponse {
  return execution.getArgByIndex<AdaptedResponse>(1);
}
