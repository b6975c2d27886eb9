import type { IdentifierSource, RateLimitContext } from '../decorators/rules.js';
import type { RateLimitTransport } from '../transports/transport.js';
import type { WarnOnce } from './warn-once.js';

/** A call that is limited by the client's address, because its source has no value for it. */
export interface Fallback {
  readonly limiterId: string;
  readonly source: IdentifierSource;
  /** The value of the source: missing, or without one text. */
  readonly value: unknown;
  readonly context: RateLimitContext;
}

/**
 * Explains why calls are limited by the client's address, where the application can change that: once
 * per limiter and source. Silent about values that the sender left out.
 */
export class FallbackWarnings {
  readonly #warnings: WarnOnce;
  readonly #transport: RateLimitTransport;

  constructor(warnings: WarnOnce, transport: RateLimitTransport) {
    this.#warnings = warnings;
    this.#transport = transport;
  }

  explain({ limiterId, source, value, context }: Fallback): void {
    if (hasNoText(value)) {
      const named = typeof source === 'string' ? `"${source}"` : 'the function in `by`';
      this.#warnings.about(`no text: ${limiterId} ${named}`, () =>
        withoutText(limiterId, named, value),
      );
      return;
    }
    if (typeof source === 'string') this.#transport.explainMissing({ limiterId, source, context });
  }
}

/** Whether a value exists that cannot be an identifier. A text is missing when it is empty. */
function hasNoText(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'string';
}

function withoutText(limiterId: string, named: string, value: unknown): string {
  return (
    `limiter "${limiterId}": ${named} gave ${kindOf(value)}, which has no one text to count by, so ` +
    "the request counted by the client's address. Name the field that holds the id (as in " +
    '"user:account.id"), or use a function that returns it. Logged once per limiter and source.'
  );
}

/** The type of a value, never its content. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const name: unknown = (value as { readonly constructor?: { readonly name?: unknown } })
    .constructor?.name;
  return typeof name === 'string' && name !== 'Object' ? `an object of ${name}` : 'an object';
}
