import { posix } from 'node:path';
import ts from 'typescript';

/** A source file, its path relative to `src`, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The packages that `package.json` declares. */
export interface DeclaredPackages {
  readonly dependencies: readonly string[];
  readonly peerDependencies: readonly string[];
}

/** The folders of `src` and their floors (DESIGN, section 5). */
const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  identifiers: 1,
  algorithms: 1,
  resilience: 1,
  'stores/memory': 2,
  'stores/redis': 2,
  config: 3,
  limiter: 3,
  runtime: 4,
  observability: 4,
  nest: 5,
  cli: 5,
  testing: 6,
  'index.ts': 7,
  'prometheus.ts': 7,
  'terminus.ts': 7,
};

/** Below these ports a folder may not reach, although the floor is lower. */
const HIDDEN: Readonly<Record<string, RegExp>> = { limiter: /^stores\// };

/** Folders that import no package, and the modules of Node.js that they may import. */
const PURE: Readonly<Record<string, readonly string[]>> = {
  core: [],
  algorithms: [],
  resilience: [],
};

/** Packages that only these folders import. */
const RESERVED: readonly { readonly of: RegExp; readonly to: readonly string[] }[] = [
  { of: /^ioredis$/, to: ['stores/redis'] },
  { of: /^@nestjs\/terminus$/, to: ['nest'] },
  { of: /^prom-client$/, to: ['nest', 'observability'] },
  { of: /^@nestjs\//, to: ['nest', 'testing'] },
];

const NAMELESS_FOLDERS = ['utils', 'common', 'helpers', 'types'];
const MAX_LINES = 250;

/** Lists every breach of the rules of the house, each as `path: what is wrong`. */
export function breachesOf(files: readonly SourceFile[], declared: DeclaredPackages): string[] {
  const modules = files.filter(({ path }) => isModule(path)).map(readModule);
  return [
    ...files.flatMap(shapeBreaches),
    ...modules.flatMap((module) => moduleBreaches(module, declared)),
    ...unusedDependencies(modules, declared),
  ];
}

/** Specs may look at any floor. */
function isModule(path: string): boolean {
  return path.endsWith('.ts') && !path.endsWith('.spec.ts');
}

interface Module {
  readonly path: string;
  /** The folder of `FLOORS`, or the first part of the path when there is none. */
  readonly folder: string;
  readonly imports: readonly string[];
  readonly hasDefaultExport: boolean;
  readonly exitsProcess: boolean;
}

function readModule({ path, text }: SourceFile): Module {
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
  return { path, folder: folderOf(path), imports, hasDefaultExport, exitsProcess };
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

function folderOf(path: string): string {
  const known = Object.keys(FLOORS).find((name) => path === name || path.startsWith(`${name}/`));
  return known ?? path.split('/', 1).join();
}

function shapeBreaches({ path, text }: SourceFile): string[] {
  const breaches: string[] = [];
  const lines = text.replace(/\n$/, '').split('\n').length;
  if (lines > MAX_LINES) {
    breaches.push(`${path}: ${String(lines)} lines, more than ${String(MAX_LINES)}`);
  }
  for (const folder of path.split('/').slice(0, -1)) {
    if (NAMELESS_FOLDERS.includes(folder)) {
      breaches.push(`${path}: a folder called "${folder}" says nothing of what is in it`);
    }
  }
  return breaches;
}

function moduleBreaches(module: Module, declared: DeclaredPackages): string[] {
  const { path, folder, imports, hasDefaultExport, exitsProcess } = module;
  const breaches: string[] = [];
  if (!(folder in FLOORS)) breaches.push('has no floor; DESIGN section 5 names the folders');
  if (hasDefaultExport) breaches.push('default export; named exports only');
  if (exitsProcess) breaches.push('process.exit; set process.exitCode or throw');
  for (const specifier of new Set(imports)) {
    const breach = specifier.startsWith('.')
      ? relativeBreach(path, folder, specifier)
      : packageBreach(folder, specifier, declared);
    if (breach !== undefined) breaches.push(`imports ${specifier}: ${breach}`);
  }
  return breaches.map((breach) => `${path}: ${breach}`);
}

function relativeBreach(path: string, folder: string, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
  if (target.startsWith('../')) return 'leaves src';
  const targetFolder = folderOf(target);
  if (targetFolder === folder) return undefined;
  const floor = FLOORS[folder] ?? -1;
  const targetFloor = FLOORS[targetFolder] ?? Number.POSITIVE_INFINITY;
  if (targetFloor > floor) return 'from a higher floor';
  if (targetFloor === floor) return 'from a sibling on the same floor';
  if (HIDDEN[folder]?.test(targetFolder)) return `${folder} sees ports, never ${targetFolder}`;
  return undefined;
}

function packageBreach(
  folder: string,
  specifier: string,
  { dependencies, peerDependencies }: DeclaredPackages,
): string | undefined {
  const pure = PURE[folder];
  if (pure !== undefined && !pure.includes(specifier)) return `${folder} imports no packages`;
  if (specifier.startsWith('node:')) return undefined;
  const name = packageOf(specifier);
  if (![...dependencies, ...peerDependencies].includes(name)) {
    return 'neither in dependencies nor in peerDependencies';
  }
  const reserved = RESERVED.find(({ of, to }) => of.test(name) && !to.includes(folder));
  return reserved === undefined ? undefined : `only ${reserved.to.join(' and ')} may`;
}

/** `@scope/name/path` → `@scope/name`, `name/path` → `name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function unusedDependencies(modules: readonly Module[], { dependencies }: DeclaredPackages) {
  const used = new Set(modules.flatMap(({ imports }) => imports.map(packageOf)));
  return dependencies
    .filter((name) => !used.has(name))
    .map((name) => `package.json: nothing in src imports the dependency ${name}`);
}
