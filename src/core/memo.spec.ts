import { describe, expect, it } from 'vitest';
import { Memo } from './memo.js';

function counted(): { readonly remembered: Memo; readonly worked: string[] } {
  const worked: string[] = [];
  const remembered = new Memo((text) => {
    worked.push(text);
    return text.toUpperCase();
  });
  return { remembered, worked };
}

describe('what is remembered', () => {
  it('is worked out once', () => {
    const { remembered, worked } = counted();
    expect([remembered.get('ada'), remembered.get('ada'), remembered.get('bob')]).toEqual([
      'ADA',
      'ADA',
      'BOB',
    ]);
    expect(worked).toEqual(['ada', 'bob']);
  });

  it('is worked out anew when the text is long', () => {
    const { remembered, worked } = counted();
    const long = 'x'.repeat(129);
    expect(remembered.get(long)).toBe(remembered.get(long));
    expect(worked).toHaveLength(2);
  });

  it('is forgotten when there is too much of it', () => {
    const { remembered, worked } = counted();
    for (let n = 0; n <= 4_096; n++) remembered.get(String(n));
    const before = worked.length;
    expect(remembered.get('4096')).toBe('4096');
    expect(worked).toHaveLength(before);
    expect(remembered.get('0')).toBe('0');
    expect(worked).toHaveLength(before + 1);
  });
});
