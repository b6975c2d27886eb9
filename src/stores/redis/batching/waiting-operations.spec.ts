import { describe, expect, it } from 'vitest';
import { isWorthACall } from './waiting-operations.js';

/** The fewest new requests that are worth a call beside those in flight. */
function fewest(requestsInFlight: number): number {
  let requests = 1;
  while (!isWorthACall(requests, requestsInFlight)) requests += 1;
  return requests;
}

describe('requests that are sent before the turn is over', () => {
  it.for([
    [0, 8],
    [7, 8],
    [8, 8],
    [16, 16],
    [33, 33],
    [64, 64],
    [1_000, 64],
  ] as const)('beside %i in flight are at least %i', ([inFlight, expected]) => {
    expect(fewest(inFlight)).toBe(expected);
  });
});
