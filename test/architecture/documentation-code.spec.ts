import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { typescriptOf } from '../support/markdown.js';

const PAGES = ['docs/errors.md', 'docs/guide.md', 'docs/testing.md'];

/** What the examples import besides this package: an application, and a package that is not installed. */
const IMPORTED: Readonly<Record<string, string>> = {
  'docs/src/app.module.ts': 'export class AppModule {}\n',
  'docs/src/mail.service.ts':
    'export class MailService {\n' +
    '  declare send: (to: string, subject: string) => Promise<void>;\n' +
    '}\n',
  'docs/src/supertest.d.ts': "declare module 'supertest';\n",
};

const EXAMPLES = PAGES.flatMap((page) =>
  typescriptOf(page).map(({ line, code }) => ({
    page,
    line,
    code,
    // One folder below `docs`, so that `../src` is the application above.
    path: resolve('docs/test', `${page.replaceAll(/\W/g, '-')}-${String(line)}.ts`),
  })),
);

const FILES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(IMPORTED).map(([path, code]) => [resolve(path), code] as const),
  ...EXAMPLES.map(({ path, code }) => [path, code] as const),
]);

/** The files of the repository, and the examples beside them. */
function hostWithExamples(options: ts.CompilerOptions): ts.CompilerHost {
  const disk = ts.createCompilerHost(options);
  const folders = new Set([...FILES.keys()].map((path) => join(path, '..')));
  return {
    ...disk,
    fileExists: (path) => FILES.has(path) || disk.fileExists(path),
    directoryExists: (path) => folders.has(path) || disk.directoryExists?.(path) !== false,
    getSourceFile: (path, target) => {
      const code = FILES.get(path);
      return code === undefined
        ? disk.getSourceFile(path, target)
        : ts.createSourceFile(path, code, target);
    },
  };
}

function compileExamples(): ts.Program {
  const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, resolve('.'));
  return ts.createProgram([...FILES.keys()], options, hostWithExamples(options));
}

/** The errors of the compiler in one example, with their lines on the page. */
function errorsIn(program: ts.Program, { path, page, line }: (typeof EXAMPLES)[number]): string[] {
  const file = program.getSourceFile(path);
  if (file === undefined) return [`${page}:${String(line)} was not compiled`];
  const errors = [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ];
  return errors.map(({ start = 0, messageText }) => {
    const at = line + 1 + file.getLineAndCharacterOfPosition(start).line;
    return `${page}:${String(at)} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

describe('the code of the pages', () => {
  it('type-checks', () => {
    const program = compileExamples();
    expect(EXAMPLES.length).toBeGreaterThan(20);
    expect(EXAMPLES.flatMap((example) => errorsIn(program, example))).toEqual([]);
  });
});
