/**
 * Installs other versions of Nest or ioredis for a run of the tests, by their major version:
 *
 *   node scripts/use-versions.mjs --nest 11 --ioredis 5
 *
 * Neither manifest nor lock file changes; `npm ci` restores the versions of the lock file.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** The packages of Nest that the tests run on; others, such as @nestjs/cli, have versions of their own. */
const NEST_PACKAGES = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  '@nestjs/terminus',
  '@nestjs/testing',
];

const { values } = parseArgs({
  options: { nest: { type: 'string' }, ioredis: { type: 'string' } },
});

function chosen(names, version) {
  return version === undefined ? [] : names.map((name) => `${name}@${version}`);
}

function installedVersion(name) {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

const packages = [...chosen(NEST_PACKAGES, values.nest), ...chosen(['ioredis'], values.ioredis)];
if (packages.length > 0) {
  const args = ['install', '--no-save', ...packages];
  process.exitCode = spawnSync('npm', args, { stdio: 'inherit' }).status ?? 1;
}
for (const name of ['@nestjs/core', 'ioredis']) console.log(name, installedVersion(name));
