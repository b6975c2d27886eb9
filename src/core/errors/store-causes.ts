import { CONNECTION_CAUSES } from './connection-causes.js';
import { SERVER_CAUSES } from './server-causes.js';
import type { StoreCause } from './store-cause.js';

/** Every cause for which a store cannot answer. Each kind has one row for codes without a row. */
export const STORE_CAUSES: readonly StoreCause[] = [...CONNECTION_CAUSES, ...SERVER_CAUSES];

/** The cause of a failure, by its kind and its code. */
export function causeOf(kind: string, code: string | null): StoreCause {
  const ofKind = STORE_CAUSES.filter((row) => row.kind === kind);
  const named = ofKind.find(({ codes }) => code !== null && codes.includes(code));
  const general = named ?? ofKind.find(({ codes }) => codes.length === 0);
  return general ?? causeOf('unknown', null);
}

/** What is known of a failure, beside where it was. */
export interface FailureFacts {
  readonly kind: string;
  readonly failureCode: string | null;
  /** What the user lacks or the server does not know, as names of commands; null: not known. */
  readonly missing?: string | null | undefined;
}

/** A failure in a sentence, which begins with who failed: `store "main" refused …`. */
export function describeFailure(
  who: string,
  { kind, failureCode, missing = null }: FailureFacts,
): string {
  const { says } = causeOf(kind, failureCode);
  const what = missing === null ? '' : `: ${missing}`;
  const detail = failureCode === null ? kind : `${kind}, ${failureCode}`;
  return `${who} ${says}${what} (${detail}).`;
}
