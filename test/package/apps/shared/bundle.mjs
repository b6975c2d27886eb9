/**
 * Bundles the compiled app, with everything that it needs, by $BUNDLER into the folder
 * $BUNDLE_FOLDER. Prints the file to run. Nothing is told of @rate-sync/nestjs here: what is special
 * is what Nest itself needs in each bundler.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import webpack from 'webpack';

const folder = process.env.BUNDLE_FOLDER;
const entry = join(process.cwd(), 'dist/main.js');

/** What Nest loads only where it is installed. */
const OPTIONAL_FOR_NEST = /^(@nestjs\/(microservices|websockets)|class-(transformer|validator))/;

async function esbuild(file, options) {
  await build({
    entryPoints: [entry],
    outfile: join(folder, file),
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
    external: [
      '@nestjs/microservices',
      '@nestjs/websockets',
      'class-transformer',
      'class-validator',
    ],
    ...options,
  });
  return file;
}

function webpackAll() {
  const compiler = webpack({
    mode: 'production',
    target: 'node20',
    entry,
    output: { path: folder, filename: 'main.cjs' },
    plugins: [new webpack.IgnorePlugin({ resourceRegExp: OPTIONAL_FOR_NEST })],
  });
  return new Promise((resolve, reject) => {
    compiler.run((error, stats) => {
      if (error) reject(error);
      else if (stats.hasErrors()) reject(new Error(stats.toString('errors-only')));
      else resolve('main.cjs');
    });
  });
}

function ncc() {
  const options = { stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('npx', ['--no', '--', 'ncc', 'build', entry, '-o', folder, '-m', '-q'], options);
  return 'index.js';
}

const BUNDLERS = {
  'esbuild, an ES module': () => {
    // What was CommonJS before still calls `require`.
    const require = 'const require = createRequireOfBundle(import.meta.url);';
    const js = `import { createRequire as createRequireOfBundle } from 'node:module'; ${require}`;
    return esbuild('main.mjs', { format: 'esm', banner: { js } });
  },
  'esbuild, CommonJS': () => esbuild('main.cjs', { format: 'cjs' }),
  webpack: webpackAll,
  ncc,
};

console.log(join(folder, await BUNDLERS[process.env.BUNDLER]()));
