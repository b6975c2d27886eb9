import { expect } from 'vitest';

/** Expects something that becomes true by itself soon, and looks often. */
export function eventually<T>(look: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(look, { interval: 5, timeout: 5_000 });
}
