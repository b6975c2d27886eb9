/**
 * Builds the package into `dist`: ES modules and CommonJS, each with declarations and Lua, and the
 * JSON schema of `rate-sync.toml`. With `--with-sample-app` the sample app too, on what was built.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const dist = new URL('dist/', root);

/** `nest build` checks the types, compiles and copies the assets that `nest-cli.json` names. */
function nestBuild(...args) {
  const nest = createRequire(import.meta.url).resolve('@nestjs/cli/bin/nest.js');
  const options = { cwd: fileURLToPath(root), stdio: 'inherit' };
  execFileSync(process.execPath, [nest, 'build', ...args], options);
}

/** CommonJS modules know their file instead of their URL. */
function replaceImportMeta(directory) {
  const url = "require('node:url').pathToFileURL(__filename).href";
  for (const name of readdirSync(directory, { recursive: true })) {
    const file = new URL(name, directory);
    if (!name.endsWith('.js')) continue;
    const code = readFileSync(file, 'utf8');
    if (code.includes('import.meta.url')) {
      writeFileSync(file, code.replaceAll('import.meta.url', url));
    }
  }
}

async function writeSchema() {
  const { rateSyncJsonSchema } = await import(new URL('esm/config/index.js', dist).href);
  const schema = JSON.stringify(rateSyncJsonSchema(), null, 2);
  writeFileSync(new URL('rate-sync.schema.json', dist), `${schema}\n`);
}

rmSync(dist, { recursive: true, force: true });
nestBuild();
nestBuild('--path', 'tsconfig.cjs.json');
replaceImportMeta(new URL('cjs/', dist));
writeFileSync(new URL('cjs/package.json', dist), '{ "type": "commonjs" }\n');
await writeSchema();
if (process.argv.includes('--with-sample-app')) nestBuild('sample-app');
