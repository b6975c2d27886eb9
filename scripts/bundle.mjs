/**
 * Makes the two builds of the package from the ES modules that the compiler wrote. The engine, which
 * does not import Nest, exists once, as CommonJS that both builds load; what works with Nest exists
 * for each, because Nest 12 is ES modules and Nest 11 is CommonJS. One file for each source file, so
 * that a stack trace names it; without comments, which are in the declarations.
 */
import { readdirSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';

/** What is not the engine, beside the entry points. */
const FOR_EACH_BUILD = ['cli', 'nest', 'testing'];

function isOfEngine(path) {
  const [folder, ...rest] = path.split(sep);
  return rest.length > 0 && !FOR_EACH_BUILD.includes(folder);
}

/** Every module of the engine, by its name: the command uses more of it than the entries reach. */
function engineModules(compiled) {
  const files = readdirSync(compiled, { recursive: true, encoding: 'utf8' });
  return files
    .filter((path) => path.endsWith('.js') && isOfEngine(path))
    .map((path) => path.slice(0, -3));
}

/** Where a module is imported from: packages and Node's own modules stay where they are. */
function resolver({ compiled, engine }) {
  return {
    name: 'engine',
    resolveId(source, importer) {
      if (importer === undefined) return null;
      if (!source.startsWith('.')) return { id: source, external: true };
      const id = resolve(dirname(importer), source);
      const path = relative(compiled, id);
      if (engine === undefined || !isOfEngine(path)) return { id };
      return { id: resolve(engine, path), external: 'relative' };
    },
  };
}

async function write({ compiled, dir, entries, format, engine }) {
  const build = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, resolve(compiled, `${name}.js`)])),
    plugins: [resolver({ compiled, engine })],
    platform: 'node',
    treeshake: false,
    experimental: { attachDebugInfo: 'none' },
  });
  await build.write({
    dir,
    format,
    preserveModules: true,
    preserveModulesRoot: compiled,
    dynamicImportInCjs: false,
    comments: false,
  });
  await build.close();
}

/** Writes `cjs` and `esm` into `dist` from the modules in `compiled`; the command is an ES module. */
export async function bundle({ compiled, dist, entries, command }) {
  const engine = resolve(dist, 'cjs');
  const inEngine = [...engineModules(compiled), ...entries];
  await write({ compiled, dir: engine, entries: inEngine, format: 'cjs' });
  const inModules = [...entries, command];
  await write({ compiled, dir: resolve(dist, 'esm'), entries: inModules, format: 'esm', engine });
}
