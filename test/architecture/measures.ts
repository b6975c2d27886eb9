import ts from 'typescript';
import { isModule, type SourceFile } from './modules.js';

const MAX_FUNCTION_LINES = 40;
const MAX_MEDIAN_LINES = 70;
const MAX_FILES_OF_A_FOLDER = 15;

/** Folders with one file for each of something, which is as easy to read with twenty files. */
const LISTS = ['cli/doctor/checks'];

/** Lists what has grown too large, each as `path: what is wrong`. */
export function oversized(files: readonly SourceFile[]): string[] {
  const modules = files.filter(({ path }) => isModule(path));
  return [...modules.flatMap(longFunctions), ...wideFolders(modules), ...longMedian(modules)];
}

function longFunctions({ path, text }: SourceFile): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const lines = ts.isFunctionLike(node) ? linesOf(node, file) : 0;
    if (lines > MAX_FUNCTION_LINES) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      found.push(`${path}:${String(line + 1)}: a function of ${String(lines)} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function linesOf(node: ts.Node, file: ts.SourceFile): number {
  const start = file.getLineAndCharacterOfPosition(node.getStart(file)).line;
  return file.getLineAndCharacterOfPosition(node.end).line - start + 1;
}

function wideFolders(modules: readonly SourceFile[]): string[] {
  const widths = new Map<string, number>();
  for (const { path } of modules) {
    const folder = path.split('/').slice(0, -1).join('/');
    widths.set(folder, (widths.get(folder) ?? 0) + 1);
  }
  return [...widths]
    .filter(([folder, width]) => width > MAX_FILES_OF_A_FOLDER && !LISTS.includes(folder))
    .map(([folder, width]) => `${folder}: ${String(width)} files`);
}

function longMedian(modules: readonly SourceFile[]): string[] {
  const lines = modules.map(({ text }) => text.split('\n').length - 1).sort((a, b) => a - b);
  const median = lines[Math.floor(lines.length / 2)] ?? 0;
  return median > MAX_MEDIAN_LINES ? [`the median of the files is ${String(median)} lines`] : [];
}
