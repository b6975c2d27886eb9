import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenThisProcessEnds } from './process-end.js';

/** Below the ports that systems hand out by themselves. */
const FIRST = 20_000;
const COUNT = 10_000;
/** A lock this old belongs to a process that was killed. */
const STALE_MS = 15 * 60_000;

const folder = join(tmpdir(), 'rate-sync-test-ports');
const held = new Set<string>();

/**
 * A port of 127.0.0.1 that nothing listens on, and that no other test process gets while this one
 * lives: each holds a lock file per port.
 */
export async function freePort(): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const start = Math.floor(Math.random() * COUNT);
  for (let step = 0; step < COUNT; step += 1) {
    const port = FIRST + ((start + step) % COUNT);
    if (lock(port) && (await isFree(port))) return port;
  }
  throw new Error(`no port is free from ${String(FIRST)} on; are the locks in ${folder} old?`);
}

function lock(port: number): boolean {
  const file = join(folder, `${String(port)}.lock`);
  if (isStale(file)) rmSync(file, { force: true });
  try {
    closeSync(openSync(file, 'wx'));
  } catch {
    return false;
  }
  if (held.size === 0) whenThisProcessEnds(releaseAll);
  held.add(file);
  return true;
}

function isStale(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > STALE_MS;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

function releaseAll(): void {
  for (const file of held) rmSync(file, { force: true });
}
