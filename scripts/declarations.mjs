/**
 * Writes the declarations of the package: those that an entry point reaches, once. They are valid for
 * both builds, and the ES module build re-exports those of the CommonJS build, so that an application
 * that loads both has one type of each name.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

const IMPORTED = /(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g;

function importsOf(file) {
  const imports = readFileSync(file, 'utf8').matchAll(IMPORTED);
  return Array.from(imports, ([, path]) => resolve(dirname(file), `${path}.d.ts`));
}

/** The declarations that these files reach by imports, and the files themselves. */
function reachableFrom(files) {
  const reached = new Set(files);
  // A set that grows while it is iterated over is iterated over to its end.
  for (const file of reached) for (const next of importsOf(file)) reached.add(next);
  return reached;
}

function writeReExport(dist, entry) {
  const file = resolve(dist, 'esm', `${entry}.d.ts`);
  const target = relative(dirname(file), resolve(dist, 'cjs', `${entry}.js`));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `export * from '${target}';\n`);
}

/** Writes the declarations of these entries from `compiled` into the builds in `dist`. */
export function writeDeclarations({ compiled, dist, entries }) {
  const roots = entries.map((entry) => resolve(compiled, `${entry}.d.ts`));
  for (const file of reachableFrom(roots)) {
    if (!existsSync(file)) throw new Error(`${file}: imported by a declaration, but not there`);
    cpSync(file, resolve(dist, 'cjs', relative(compiled, file)));
  }
  for (const entry of entries) writeReExport(dist, entry);
}
