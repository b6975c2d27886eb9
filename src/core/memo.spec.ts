import { describe, expect, it } from 'vitest';
import { Memo } from './memo.js';

/** A cache of upper-case texts, and the texts that were computed for it. */
function aMemo(): { readonly memo: Memo; readonly computed: string[] } {
  const computed: string[] = [];
  const memo = new Memo((text) => {
    computed.push(text);
    return text.toUpperCase();
  });
  return { memo, computed };
}

describe('a memo', () => {
  it('computes each result once', () => {
    const { memo, computed } = aMemo();
    expect([memo.get('ada'), memo.get('ada'), memo.get('bob')]).toEqual(['ADA', 'ADA', 'BOB']);
    expect(computed).toEqual(['ada', 'bob']);
  });

  it('computes the result again for a text above 128 characters', () => {
    const { memo, computed } = aMemo();
    const long = 'x'.repeat(129);
    expect(memo.get(long)).toBe(memo.get(long));
    expect(computed).toHaveLength(2);
  });

  it('clears the cache at 4,096 entries', () => {
    const { memo, computed } = aMemo();
    for (let n = 0; n <= 4_096; n++) memo.get(String(n));
    const before = computed.length;
    expect(memo.get('4096')).toBe('4096');
    expect(computed).toHaveLength(before);
    expect(memo.get('0')).toBe('0');
    expect(computed).toHaveLength(before + 1);
  });
});
