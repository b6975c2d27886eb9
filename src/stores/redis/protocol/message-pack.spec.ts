import { describe, expect, it } from 'vitest';
import { readIntegers } from './message-pack.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('the integers of a reply', () => {
  it.each([
    ['90', []],
    ['93 00 01 7f', [0, 1, 127]],
    ['92 ff e0', [-1, -32]],
    ['93 cc80 cd0100 ce00010000', [128, 256, 65_536]],
    ['91 cf 0006612eeb0c9240', [1_795_704_000_123_456]],
    ['91 cf 00 1f ff ff ff ff ff ff', [Number.MAX_SAFE_INTEGER]],
    ['94 d080 d18000 d280000000 d3ffffffff00000000', [-128, -32_768, -(2 ** 31), -(2 ** 32)]],
    [`dc0010 ${'05'.repeat(16)}`, Array<number>(16).fill(5)],
    ['dd00000001 07', [7]],
  ])('%s', (hex, integers) => {
    expect(readIntegers(bytes(hex))).toEqual(integers);
  });

  it.each([
    ['nothing', ''],
    ['an integer alone', '01'],
    ['an array that is cut off', '93 00 01'],
    ['an integer that is cut off', '91 cd 01'],
    ['a head that is cut off', 'dd 00'],
    ['more than its length', '91 00 00'],
    ['a length that would fill the memory', 'dd ffffffff 00'],
    ['a fraction', '91 cb 3ff8000000000000'],
    ['a text', '91 a161'],
    ['nil instead of an integer', '91 c0'],
  ])('are none for %s', (_, hex) => {
    expect(readIntegers(bytes(hex))).toEqual([]);
  });

  it.each([[null], ['\u0090'], [[1, 2]], [7]])(
    'are none for a reply that is not bytes: %j',
    (reply) => {
      expect(readIntegers(reply)).toEqual([]);
    },
  );
});
