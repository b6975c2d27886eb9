import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../support/redis/process-end.ts');

const COMPILER = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };

/** Has one paused child, says so, and goes on. */
const PARENT = `
${ts.transpileModule(readFileSync(SOURCE, 'utf8'), { compilerOptions: COMPILER }).outputText}
import { spawn } from 'node:child_process';
const child = spawn(process.execPath, ['--eval', 'setInterval(() => 0, 1000)'], { stdio: 'inherit' });
endWithThisProcess(child);
child.kill('SIGSTOP');
console.log('ready');
process.stdin.on('data', () => process.exit(3));
process.on('disconnect', () => setTimeout(() => process.exit(4), 10));
`;

describe('children of the harness', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('end when their process gets %s', async (signal) => {
    const parent = await parentWithChild();
    parent.kill(signal);
    expect(await everybodyEnded(parent)).toEqual([null, signal]);
  });

  it('end when their process ends by itself', async () => {
    const parent = await parentWithChild();
    parent.stdin?.write('end');
    expect(await everybodyEnded(parent)).toEqual([3, null]);
  });

  it('end when nobody is left to talk to their process', async () => {
    const parent = await parentWithChild();
    parent.disconnect();
    expect(await everybodyEnded(parent)).toEqual([4, null]);
  });
});

async function parentWithChild(): Promise<ChildProcess> {
  const args = ['--input-type=module', '--eval', PARENT];
  const parent = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit', 'ipc'] });
  await once(parent.stdout ?? parent, 'data');
  return parent;
}

/** The child has the same output as its parent: that is closed when both have ended. */
async function everybodyEnded(parent: ChildProcess): Promise<unknown[]> {
  const [exit] = await Promise.all([once(parent, 'exit'), once(parent.stdout ?? parent, 'close')]);
  return exit as unknown[];
}
