import { inspect } from 'node:util';
import { vi } from 'vitest';

/** The output to the terminal so far. */
export interface WatchedOutput {
  readonly text: () => string;
  readonly restore: () => void;
}

/** Keeps what goes to the console and to the standard streams, instead of showing it. */
export function watchOutput(): WatchedOutput {
  const written: string[] = [];
  const keep = (...values: readonly unknown[]): void => {
    written.push(...values.map(everythingIn));
  };
  const methods = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const;
  const spies = [
    ...methods.map((method) => vi.spyOn(console, method).mockImplementation(keep)),
    ...[process.stderr, process.stdout].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((chunk) => {
        keep(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
        return true;
      }),
    ),
  ];
  return {
    text: () => written.join('\n'),
    restore: () => {
      for (const spy of spies) spy.mockRestore();
    },
  };
}

/** A value in every form in which it might be written down. */
export function everythingIn(value: unknown): string {
  if (typeof value === 'string') return value;
  const forms = [
    String(value),
    inspect(value, { depth: 10, showHidden: true }),
    JSON.stringify(value) as string | undefined,
  ];
  if (value instanceof Error) forms.push(value.message, value.stack, everythingIn(value.cause));
  return forms.join('\n');
}
