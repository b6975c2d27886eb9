import type { ChildProcess } from 'node:child_process';

type Cleanup = () => void;

const cleanups = new Set<Cleanup>();

/**
 * Runs something when this process ends, however it ends: by itself, by SIGTERM (as vitest ends its
 * workers), by SIGINT, or left alone by its parent. Returns how to take that back.
 */
export function whenThisProcessEnds(cleanup: Cleanup): () => void {
  if (cleanups.size === 0) listen();
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
    if (cleanups.size === 0) stopListening();
  };
}

/** Makes sure that a child does not outlive this process. */
export function endWithThisProcess(child: ChildProcess): void {
  const takeBack = whenThisProcessEnds(() => {
    // SIGCONT first: a stopped child would keep its other signals waiting.
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  });
  child.once('exit', takeBack);
  child.once('error', takeBack);
}

function cleanUp(): void {
  for (const cleanup of cleanups) cleanup();
}

/** Ends this process as the signal would have, unless somebody else has taken that on. */
function cleanUpAndEnd(signal: NodeJS.Signals): void {
  cleanUp();
  stopListening();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function listen(): void {
  process.on('exit', cleanUp);
  process.on('disconnect', cleanUp);
  process.on('SIGTERM', cleanUpAndEnd);
  process.on('SIGINT', cleanUpAndEnd);
}

function stopListening(): void {
  process.off('exit', cleanUp);
  process.off('disconnect', cleanUp);
  process.off('SIGTERM', cleanUpAndEnd);
  process.off('SIGINT', cleanUpAndEnd);
}
