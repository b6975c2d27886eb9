import { describe, expect, it } from 'vitest';
import { Remembered } from './remembered.js';

function counted(): { readonly remembered: Remembered; readonly worked: string[] } {
  const worked: string[] = [];
  const remembered = new Remembered((text) => {
    worked.push(text);
    return text.toUpperCase();
  });
  return { remembered, worked };
}

describe('what is remembered', () => {
  it('is worked out once', () => {
    const { remembered, worked } = counted();
    expect([remembered.of('ada'), remembered.of('ada'), remembered.of('bob')]).toEqual([
      'ADA',
      'ADA',
      'BOB',
    ]);
    expect(worked).toEqual(['ada', 'bob']);
  });

  it('is worked out anew when the text is long', () => {
    const { remembered, worked } = counted();
    const long = 'x'.repeat(129);
    expect(remembered.of(long)).toBe(remembered.of(long));
    expect(worked).toHaveLength(2);
  });

  it('is forgotten when there is too much of it', () => {
    const { remembered, worked } = counted();
    for (let n = 0; n <= 4_096; n++) remembered.of(String(n));
    const before = worked.length;
    expect(remembered.of('4096')).toBe('4096');
    expect(worked).toHaveLength(before);
    expect(remembered.of('0')).toBe('0');
    expect(worked).toHaveLength(before + 1);
  });
});
