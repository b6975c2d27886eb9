import { describe, expect, it } from 'vitest';
import { isWorthACall } from './call-sizing.js';

/** How many new requests make a call of their own beside so many that are unanswered. */
function fewest(requestsInFlight: number): number {
  let requests = 1;
  while (!isWorthACall(requests, requestsInFlight)) requests += 1;
  return requests;
}

describe('requests that leave before the turn is over', () => {
  it.for([
    [0, 8],
    [7, 8],
    [8, 8],
    [16, 16],
    [33, 33],
    [64, 64],
    [1_000, 64],
  ] as const)('beside %i unanswered ones are %i', ([inFlight, expected]) => {
    expect(fewest(inFlight)).toBe(expected);
  });
});
