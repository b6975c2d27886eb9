/**
 * Builds the package into `dist`: ES modules and CommonJS, their declarations, and the JSON schema of
 * `rate-sync.toml`. With `--with-sample-app` the sample app too, on what was built.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { writeDeclarations } from './declarations.mjs';

const root = new URL('../', import.meta.url);
const dist = new URL('dist/', root);
const compiled = new URL('compiled/', dist);

const PARTS = {
  compiled: fileURLToPath(compiled),
  dist: fileURLToPath(dist),
  entries: ['index', 'prometheus', 'terminus', 'testing/index'],
  command: 'cli/main',
};

/** `nest build` checks the types and compiles, here into `dist/compiled`. */
function nestBuild(...args) {
  const nest = createRequire(import.meta.url).resolve('@nestjs/cli/bin/nest.js');
  const options = { cwd: fileURLToPath(root), stdio: 'inherit' };
  execFileSync(process.execPath, [nest, 'build', ...args], options);
}

async function writeSchema() {
  const { rateSyncJsonSchema } = await import(new URL('config/index.js', compiled).href);
  const schema = JSON.stringify(rateSyncJsonSchema(), null, 2);
  writeFileSync(new URL('rate-sync.schema.json', dist), `${schema}\n`);
}

/** The build writes plain files; a command has to be one that can be run. */
function makeCommandRunnable() {
  chmodSync(new URL('esm/cli/main.js', dist), 0o755);
}

await import('./embed-lua.mjs');
rmSync(dist, { recursive: true, force: true });
nestBuild();
await bundle(PARTS);
writeDeclarations(PARTS);
writeFileSync(new URL('cjs/package.json', dist), '{ "type": "commonjs" }\n');
await writeSchema();
rmSync(compiled, { recursive: true });
makeCommandRunnable();
if (process.argv.includes('--with-sample-app')) nestBuild('sample-app');
