/**
 * Writes the script of the Redis store, joined from its `.lua` files, into a TypeScript module, so
 * that it is a part of the code: a bundler takes it along like everything else. What starts from
 * sources runs this first (lint, types, tests, build); the module is not checked in.
 */
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';

const folder = new URL('../src/stores/redis/lua/', import.meta.url);
const target = new URL('script-source.ts', folder);

/** In the order in which they are joined: later fragments use the words of earlier ones. */
const FRAGMENTS = [
  'prelude',
  'fast-bucket',
  'fast-window',
  'tokenize',
  'fast-batch',
  'gcra',
  'window-writes',
  'window-log',
  'sliding-window',
  'queue',
  'concurrency',
  'decide',
  'probe',
  'dispatch',
].map((name) => `${name}.lua`);

/** A server keeps the source and has no use for what explains it. */
const COMMENT_LINES = /^\s*(--.*)?\n/gm;

function joined() {
  const strays = readdirSync(folder).filter(
    (name) => name.endsWith('.lua') && !FRAGMENTS.includes(name),
  );
  if (strays.length > 0) {
    throw new Error(`${strays.join(', ')}: not in the list of scripts/embed-lua.mjs`);
  }
  const texts = FRAGMENTS.map((name) => readFileSync(new URL(name, folder), 'utf8'));
  return texts.join('\n').replaceAll('\r\n', '\n').replace(COMMENT_LINES, '');
}

function current() {
  try {
    return readFileSync(target, 'utf8');
  } catch {
    return null;
  }
}

const module = [
  '// Written by scripts/embed-lua.mjs from the .lua files in this folder: change those.',
  '/** The script of the Redis store. */',
  `export const SCRIPT_SOURCE: string = ${JSON.stringify(joined())};`,
  '',
].join('\n');

if (current() !== module) {
  // Renamed into place, because another process may be reading it.
  const draft = new URL(`script-source.${process.pid}.draft`, folder);
  writeFileSync(draft, module);
  renameSync(draft, target);
}
