import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { kitText } from './kit.js';

const ROOT = resolve(import.meta.dirname, '../..');
const dockerfile = kitText('Dockerfile');

describe('the image of the sample app', () => {
  it('has every package that the sample app imports', () => {
    const code = readdirSync(resolve(ROOT, 'sample-app/src'))
      .map((file) => readFileSync(resolve(ROOT, 'sample-app/src', file), 'utf8'))
      .join('\n');
    const imported = [...code.matchAll(/from '((?:@[\w-]+\/)?[\w-]+)[^']*'/g)]
      .map(([, name]) => name ?? '')
      .filter((name) => name !== 'node' && name !== manifest.name);
    // What scripts/sample-app-packages.mjs keeps.
    const kept = [
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies),
      '@nestjs/platform-express',
    ];
    expect(imported).toContain('@nestjs/core');
    expect(kept).toEqual(expect.arrayContaining(imported));
  });

  it('can keep the versions that the lock file has of them', () => {
    const names = [...Object.keys(manifest.peerDependencies), '@nestjs/platform-express'];
    expect(Object.keys(manifest.devDependencies)).toEqual(expect.arrayContaining(names));
  });

  it('is not root, and begins with Node itself', () => {
    expect(dockerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(dockerfile).toMatch(/^CMD \["node", "sample-app\/dist\/main\.js"\]$/m);
    expect(dockerfile.match(/^FROM node:(?:22|24)-slim(?: AS build)?$/gm)).toHaveLength(2);
  });

  it('copies only what its context lets in', () => {
    const ignore = kitText('Dockerfile.dockerignore').split('\n');
    const inContext = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
      .flatMap(([, files = '']) => files.split(' '))
      .filter((file) => file !== '.');
    expect(inContext.length).toBeGreaterThan(3);
    expect(ignore).toEqual(expect.arrayContaining(inContext.map((file) => `!${file}`)));
    expect(ignore.filter((line) => line.startsWith('!') && line.includes('.env'))).toEqual([]);
  });
});
