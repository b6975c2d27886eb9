import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { ENTRY_POINTS } from './test/package/entry-points.js';

// The tests run on sources: write the script of the Redis store first.
execFileSync(process.execPath, [resolve(import.meta.dirname, 'scripts/embed-lua.mjs')]);

/** Lets what imports the package by its public name (the sample app) run on the sources. */
const alias = ENTRY_POINTS.map(({ name, source }) => ({
  find: new RegExp(`^${name}$`),
  replacement: resolve(import.meta.dirname, source),
}));

/** Ten million identifiers take their time: not part of `npm run check`. */
const FLOODS = ['**/flood.spec.ts'];

const project = (name: string, include: string[], testTimeout: number) => ({
  extends: true as const,
  test: { name, include, exclude: FLOODS, testTimeout, hookTimeout: testTimeout },
});

const e2eProject = {
  extends: true as const,
  test: {
    name: 'e2e',
    include: ['test/e2e/**/*.spec.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Nest is loaded once for all files: loading it for each took most of the time.
    isolate: false,
  },
};

/** What needs real servers. The files share the machine, and a server is not to be starved. */
const redisProject = {
  extends: true as const,
  test: {
    name: 'redis',
    include: [
      'test/contract/redis-*.spec.ts',
      'test/deployment/**/*.spec.ts',
      'test/lua/**/*.spec.ts',
      'test/redis-harness/**/*.spec.ts',
      'test/redis/**/*.spec.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real servers in real time: a machine that stands still for a second is no fault of the code.
    retry: 1,
  },
};

/** What depends on how ioredis behaves, once more with the older version that works as well. */
const ioredis5Project = {
  ...redisProject,
  resolve: { alias: [{ find: /^ioredis$/, replacement: 'ioredis-5' }] },
  test: {
    ...redisProject.test,
    name: 'ioredis-5',
    include: [
      'test/contract/redis-store.spec.ts',
      'test/ioredis-5/*.spec.ts',
      'test/redis/topology-client.spec.ts',
      'test/redis/topology-proxy.spec.ts',
    ],
  },
};

/**
 * Real transports beside HTTP, with a Nest of their own: Nest looks for the packages of a transport
 * beside its own, and in the root they would slow every installation down.
 */
const transportsProject = {
  extends: true as const,
  resolve: {
    alias: [
      {
        find: /^(@nestjs\/[^/]+|rxjs|reflect-metadata)(?=$|\/)/,
        replacement: resolve(import.meta.dirname, 'test/transports/node_modules/$1'),
      },
    ],
  },
  test: {
    name: 'transports',
    include: ['test/transports/*.spec.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
};

const packageProject = {
  extends: true as const,
  test: {
    name: 'package',
    include: ['test/package/*.spec.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: './test/package/packed.ts',
    // After the others, because it keeps the machine busy; two installations at once.
    sequence: { groupOrder: 1 },
    maxWorkers: 2,
  },
};

export default defineConfig({
  resolve: { alias },
  test: {
    // Most of the time goes into waiting for real servers.
    maxWorkers: 2,
    projects: [
      project(
        'unit',
        ['src/**/*.spec.ts', 'test/properties/**/*.spec.ts', 'test/contract/memory-store.spec.ts'],
        20_000,
      ),
      redisProject,
      ioredis5Project,
      project('architecture', ['test/architecture/**/*.spec.ts'], 20_000),
      {
        extends: true,
        test: { name: 'flood', include: FLOODS, exclude: [], testTimeout: 300_000 },
      },
      e2eProject,
      project('recipes', ['test/recipes/**/*.spec.ts'], 30_000),
      transportsProject,
      packageProject,
    ],
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
});
