import { setTimeout as sleep } from 'node:timers/promises';

/** How long to look, and how often. */
export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * Waits until `look` says true. Errors count as "not yet"; the last one is the cause of the error
 * that says what was waited for in vain.
 */
export async function waitUntil(
  what: string,
  look: () => boolean | Promise<boolean>,
  { timeoutMs = 15_000, everyMs = 25 }: WaitOptions = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      if (await look()) return;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${String(timeoutMs)} ms in vain: ${what}`, { cause });
    }
    await sleep(everyMs);
  }
}
