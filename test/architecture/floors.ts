import { isModule, readModule, targetOf, type Module, type SourceFile } from './modules.js';

/** The packages that `package.json` declares. */
export interface DeclaredPackages {
  readonly dependencies: readonly string[];
  readonly peerDependencies: readonly string[];
}

/** The folders of `src` and their floors. */
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
  const { path, imports, hasDefaultExport, exitsProcess } = module;
  const folder = folderOf(path);
  const breaches: string[] = [];
  if (!(folder in FLOORS)) breaches.push('is in no folder that has a floor');
  if (hasDefaultExport) breaches.push('default export; named exports only');
  if (exitsProcess) breaches.push('process.exit; set process.exitCode or throw');
  for (const specifier of new Set(imports)) {
    const target = targetOf(module, specifier);
    const breach =
      target === undefined
        ? packageBreach(folder, specifier, declared)
        : relativeBreach(folder, target);
    if (breach !== undefined) breaches.push(`imports ${specifier}: ${breach}`);
  }
  return breaches.map((breach) => `${path}: ${breach}`);
}

function relativeBreach(folder: string, target: string): string | undefined {
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
