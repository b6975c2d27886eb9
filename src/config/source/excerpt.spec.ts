import { parse, TomlError } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { excerptOf } from './excerpt.js';

const keys = { plain: new Set(['limit', 'identify_by']), secret: new Set(['url', 'password']) };

/** The excerpt of the first syntax error of a text. */
function excerptIn(text: string): string | null {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof TomlError) return excerptOf(text, error, keys);
    throw error;
  }
  throw new Error('this is valid TOML');
}

describe('excerptOf', () => {
  it.each([
    ['limit = = 5', '1 | limit = …', '  |         ^'],
    ['a = 1\nlimit = 10 20', '2 | limit = 10 20', '  |            ^'],
    ['limit = 10 20 # hunter2', '1 | limit = 10 20 …', '  |            ^'],
    ['limit 10', '1 | limit …', '  |       ^'],
    ['\tlimit = "10', '1 | \tlimit = "10', '  | \t        ^'],
    ['limiters.a.limit = 1,', '1 | limiters.a.limit = 1,', '  |                     ^'],
    [
      'identify_by = ["ip" "user:id"]',
      '1 | identify_by = ["ip" "user:id"]',
      '  |                     ^',
    ],
    ['[limiters.login_ip\nlimit = 1', '1 | [limiters.login_ip', '  |                   ^'],
    ['[a]\r\n[a]\r\n', '2 | [a]', '  |  ^'],
  ])('shows the line of an error, and a caret under its column: %j', (text, line, caret) => {
    expect(excerptIn(text)).toBe(`${line}\n${caret}`);
  });

  it.each([
    ['password = "hunter2', '1 | password = …'],
    ['password = hunter2', '1 | password = …'],
    ['password: "hunter2"', '1 | password…'],
    ['password hunter2', '1 | password …'],
    ['stores.main.url = "redis://:hunter2@h" x', '1 | stores.main.url = …'],
    ['limit = 1 password = "hunter2"', '1 | limit = 1 …'],
    ['limit = 1 passwd "hunter2"', '1 | limit = 1 …'],
    ['identify_by = "redis://:hunter2@h" x', '1 | identify_by …'],
    ['identify_by = "user@hunter2" x', '1 | identify_by …'],
    ['[stores."hunter2"', '1 | [stores.…'],
  ])('shows no value that may be secret: %j', (text, line) => {
    expect(excerptIn(text)?.split('\n')[0]).toBe(line);
  });

  it.each([
    ['hunter2'],
    ['hunter2 = = 1'],
    ['"password" = hunter2'],
    ['limit = 1\n"hunter2'],
    ['urls = [\n  "redis://:hunter2@a"\n  "redis://:hunter2@b"\n]'],
    ['password = ["a",\nlimit hunter2\n]'],
    ['[stores]\nx = { limit = 1, \n hunter2 1 }'],
  ])('is null where it is unclear what a line holds: %j', (text) => {
    const shown = excerptIn(text);
    expect(shown).toBeNull();
  });

  it('never shows more than 100 characters', () => {
    const long = `limit = [${'1, '.repeat(200)}x]`;
    const [line = '', caret = ''] = excerptIn(long)?.split('\n') ?? [];
    expect(line).toHaveLength('1 | …'.length + 100);
    expect(caret.length).toBeLessThanOrEqual(line.length);
  });
});
