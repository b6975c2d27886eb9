import { existsSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ENTRY_POINTS } from '../package/entry-points.js';

/** Every exported name of a module, sorted, as `name (value)` or `name (type)`. */
function publicNames(source: string): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    'tsconfig.build.json',
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
      },
    },
  );
  const program = ts.createProgram([source], config?.options ?? {});
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(source);
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${source} is not a module`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => `${symbol.name} (${isValue(symbol, checker) ? 'value' : 'type'})`)
    .sort();
}

function isValue(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  if (symbol.declarations?.some(ts.isTypeOnlyImportOrExportDeclaration)) return false;
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  return (target.flags & ts.SymbolFlags.Value) !== 0;
}

describe('the public names of', () => {
  it.each(ENTRY_POINTS)('$name are the agreed ones', async ({ name, source }) => {
    expect(existsSync(source), `${source} exists`).toBe(true);
    const names = publicNames(source).join('\n');
    const snapshot = `public-names/${name.split('/').slice(1).join('.')}.txt`;
    await expect(`${names}\n`).toMatchFileSnapshot(snapshot);
  });
});
