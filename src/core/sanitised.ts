/** Control, format, line and paragraph separator characters, and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Foreign text on one line: characters that end a line, colour or reorder text become `?`. */
export function sanitised(text: string): string {
  return text.replace(UNSAFE, '?');
}
