import { isModule, readModule, targetOf, type Module, type SourceFile } from './modules.js';

/**
 * The rooms of a folder: a file imports from its own room and from those below. The files that are
 * in the folder itself are its contract, or put the rooms together; any room may import them.
 */
const ROOMS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'stores/redis': { lua: 0, protocol: 1, connection: 1, batching: 2, topology: 3 },
  config: { table: 0, source: 1, store: 2, limiter: 2, http: 2 },
};

/** Lists every import of a room that is not below, each as `path: what is wrong`. */
export function roomBreaches(files: readonly SourceFile[]): string[] {
  return modulesIn(files).flatMap((module) =>
    targetsOf(module)
      .filter((target) => !mayImport(module.path, target))
      .map((target) => `${module.path}: imports ${target}, which is in no room below`),
  );
}

function mayImport(path: string, target: string): boolean {
  const [from, to] = [roomOf(path), roomOf(target)];
  if (from === null || to === null || from.folder !== to.folder) return true;
  return from.room === to.room || from.rank > to.rank;
}

function roomOf(path: string): { folder: string; room: string; rank: number } | null {
  for (const [folder, ranks] of Object.entries(ROOMS)) {
    if (!path.startsWith(`${folder}/`)) continue;
    const [room = '', ...rest] = path.slice(folder.length + 1).split('/');
    if (rest.length === 0) return null;
    return { folder, room, rank: ranks[room] ?? Number.NaN };
  }
  return null;
}

/** Lists the circles of imports, those of types too, each as the paths in it. */
export function circlesIn(files: readonly SourceFile[]): string[] {
  const modules = new Map(modulesIn(files).map((module) => [module.path, targetsOf(module)]));
  const circles = new Set<string>();
  for (const path of modules.keys()) {
    const back = reachableFrom(path, modules);
    if (!back.has(path)) continue;
    const circle = [...back].filter((other) => reachableFrom(other, modules).has(path));
    circles.add(circle.sort().join(' ↔ '));
  }
  return [...circles];
}

/** The modules that a module imports, at any distance. */
function reachableFrom(
  path: string,
  modules: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const reached = new Set<string>();
  const next = [...(modules.get(path) ?? [])];
  for (let target = next.pop(); target !== undefined; target = next.pop()) {
    if (reached.has(target)) continue;
    reached.add(target);
    next.push(...(modules.get(target) ?? []));
  }
  return reached;
}

function modulesIn(files: readonly SourceFile[]): readonly Module[] {
  return files.filter(({ path }) => isModule(path)).map(readModule);
}

function targetsOf(module: Module): readonly string[] {
  return module.imports.flatMap((specifier) => targetOf(module, specifier) ?? []);
}
