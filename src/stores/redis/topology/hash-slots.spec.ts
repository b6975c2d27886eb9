import { describe, expect, it } from 'vitest';
import { readRedirection, readHashSlotRanges } from './hash-slots.js';

describe('the reply to CLUSTER SLOTS', () => {
  it('names the primaries; replicas do not matter', () => {
    const reply = [
      [0, 5460, ['10.0.0.1', 6379, 'id'], ['10.0.0.4', 6379, 'id']],
      [5461, 16383, ['10.0.0.2', 6380, 'id']],
    ];
    expect(readHashSlotRanges(reply, 'asked')).toEqual([
      { first: 0, last: 5460, primary: { host: '10.0.0.1', port: 6379 } },
      { first: 5461, last: 16383, primary: { host: '10.0.0.2', port: 6380 } },
    ]);
  });

  it.each([[''], [null], ['?'], [undefined]])(
    'may leave out the host that the command was sent to: %j',
    (host) => {
      const [range] = readHashSlotRanges([[0, 1, [host, 7000]]], 'asked');
      expect(range?.primary).toEqual({ host: 'asked', port: 7000 });
    },
  );

  it.each([
    [null],
    ['OK'],
    [[['a', 1, ['h', 1]]]],
    [[[0, 16384, ['h', 1]]]],
    [[[0, 1, ['h', 0]]]],
    [[[0, 1]]],
    [[[-1, 1, ['h', 1]]]],
  ])('has no ranges when it is malformed: %j', (reply) => {
    expect(readHashSlotRanges(reply, 'asked')).toEqual([]);
  });
});

describe('a redirection', () => {
  it.each([
    ['MOVED 3999 127.0.0.1:6381', 'MOVED', '127.0.0.1', 6381],
    ['ASK 3999 127.0.0.1:6381', 'ASK', '127.0.0.1', 6381],
    ['MOVED 1 :6381', 'MOVED', 'asked', 6381],
    ['MOVED 1 2001:db8::1:6381', 'MOVED', '2001:db8::1', 6381],
  ])('is read: %s', (message, kind, host, port) => {
    expect(readRedirection(message, 'asked')).toMatchObject({ kind, endpoint: { host, port } });
  });

  it.each([
    ['MOVED __proto__ 127.0.0.1:6381'],
    ['MOVED 16384 127.0.0.1:6381'],
    ['MOVED 1 127.0.0.1:99999'],
    ['MOVED 1'],
    ['TRYAGAIN Multiple keys request during rehashing of slot'],
  ])('is not read from: %s', (message) => {
    expect(readRedirection(message, 'asked')).toBeNull();
  });
});
