import { posix } from 'node:path';
import ts from 'typescript';

/** A source file, its path relative to `src`, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Whether a file is part of the library; specs may import anything. */
export function isModule(path: string): boolean {
  return path.endsWith('.ts') && !path.endsWith('.spec.ts');
}

/** A module of the library, and what the rules look at. */
export interface Module {
  readonly path: string;
  /** What it imports, types too, as written. */
  readonly imports: readonly string[];
  readonly hasDefaultExport: boolean;
  readonly exitsProcess: boolean;
}

/** Reads a file. */
export function readModule({ path, text }: SourceFile): Module {
  const imports: string[] = [];
  let hasDefaultExport = false;
  let exitsProcess = false;
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push(specifier);
    hasDefaultExport ||= isDefaultExport(node);
    exitsProcess ||= isProcessExit(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return { path, imports, hasDefaultExport, exitsProcess };
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return textOf(node.moduleSpecifier);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return textOf(node.argument.literal);
  }
  if (ts.isExternalModuleReference(node)) return textOf(node.expression);
  if (!ts.isCallExpression(node)) return undefined;
  const { expression } = node;
  const loads =
    expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(expression) && expression.text === 'require');
  return loads ? textOf(node.arguments[0]) : undefined;
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
  );
}

function isProcessExit(node: ts.Node): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'process' &&
    node.name.text === 'exit'
  );
}

/** The path of a relative import, from `src`; undefined for a package. */
export function targetOf({ path }: Pick<Module, 'path'>, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
}
