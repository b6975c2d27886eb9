import { readFile } from 'node:fs/promises';

/** A code block of the README. */
interface Block {
  readonly language: string;
  readonly text: string;
}

/** The code blocks that a reader of the README pastes or types. */
export class Readme {
  readonly #blocks: readonly Block[];

  private constructor(blocks: readonly Block[]) {
    this.#blocks = blocks;
  }

  static async read(): Promise<Readme> {
    const markdown = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const blocks = markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms);
    return new Readme(Array.from(blocks, ([, language = '', text = '']) => ({ language, text })));
  }

  /** The block whose first line names this file in a comment. */
  file(path: string): string {
    return this.#only(`for ${path}`, ({ text }) => nameIn(text) === path).text;
  }

  /** The block of shell commands that contains this text. */
  commands(part: string): string {
    const isIt = ({ language, text }: Block) => language === 'sh' && text.includes(part);
    return this.#only(`of commands with ${part}`, isIt).text;
  }

  /** The HTTP response, a line each: status, headers, body. */
  responseLines(): readonly string[] {
    const { text } = this.#only('of a response', ({ language }) => language === 'http');
    return text.split('\n').filter((line) => line !== '');
  }

  #only(what: string, isIt: (block: Block) => boolean): Block {
    const [block, ...more] = this.#blocks.filter(isIt);
    if (block !== undefined && more.length === 0) return block;
    throw new Error(`README.md has ${block === undefined ? 'no' : 'more than one'} block ${what}`);
  }
}

function nameIn(text: string): string | undefined {
  return /^ ?(?:#|\/\/) (\S+)\n/.exec(text)?.[1];
}

/**
 * Makes the edit that a diff block describes: its lines without a mark are found in the file, in
 * their order, with any number of lines between them.
 *
 * @throws Error when the file lacks a line that the diff shows or removes.
 */
export function edited(file: string, diff: string): string {
  const lines = file.split('\n');
  let at = 0;
  for (const marked of diff.split('\n').slice(1)) {
    const line = marked.slice(1);
    if (marked.startsWith('+')) lines.splice(at++, 0, line);
    else if (line !== '') at = lineAfter(lines, line, at);
    if (marked.startsWith('-')) lines.splice(--at, 1);
  }
  return lines.join('\n');
}

function lineAfter(lines: readonly string[], line: string, from: number): number {
  const index = lines.indexOf(line, from);
  if (index === -1) throw new Error(`the file has no line "${line}"`);
  return index + 1;
}
