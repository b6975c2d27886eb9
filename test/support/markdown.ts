import { readFileSync } from 'node:fs';

/** A page without its code, in which neither headings nor links are meant. */
export function prose(page: string): string {
  return readFileSync(page, 'utf8').replaceAll(/^( *)```.*?^\1```$/gms, '');
}

/** The targets of all links of a page to files and headings of this repository. */
export function linksOf(page: string): readonly string[] {
  const links = prose(page)
    .replaceAll(/(`+).*?\1/gs, '')
    .matchAll(/\]\(([^)\s]+)\)/g);
  return Array.from(links, ([, target = '']) => target).filter((to) => !/^[a-z]+:/.test(to));
}

/** A block of TypeScript of a page, and the line on which its fence is. */
export interface CodeBlock {
  readonly line: number;
  readonly code: string;
}

/** The blocks of a page that are complete modules: fragments are marked as ```` ```ts fragment ````. */
export function typescriptOf(page: string): readonly CodeBlock[] {
  const text = readFileSync(page, 'utf8');
  return Array.from(text.matchAll(/^```ts\n(.*?)^```$/gms), ({ index, 1: code = '' }) => ({
    line: text.slice(0, index).split('\n').length,
    code,
  }));
}
