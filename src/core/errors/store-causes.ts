import { CONNECTION_CAUSES } from './connection-causes.js';
import { SERVER_CAUSES } from './server-causes.js';
import type { StoreCause } from './store-cause.js';

/** Every cause of unavailability. Each kind has one row for codes without a row of their own. */
export const STORE_CAUSES: readonly StoreCause[] = [...CONNECTION_CAUSES, ...SERVER_CAUSES];

/** The cause of a failure, by its kind and its code. */
export function causeOf(kind: string, code: string | null): StoreCause {
  const ofKind = STORE_CAUSES.filter((row) => row.kind === kind);
  const named = ofKind.find(({ codes }) => code !== null && codes.includes(code));
  const general = named ?? ofKind.find(({ codes }) => codes.length === 0);
  return general ?? causeOf('unknown', null);
}

/** A failure, without its location. */
export interface FailureFacts {
  readonly kind: string;
  readonly failureCode: string | null;
  /** Missing permissions or unsupported commands, by name; null when unknown. */
  readonly missing?: string | null | undefined;
}

/** A failure in a sentence with `subject` as its subject: `store "main" refused …`. */
export function describeFailure(
  subject: string,
  { kind, failureCode, missing = null }: FailureFacts,
): string {
  const { sentence } = causeOf(kind, failureCode);
  const names = missing === null ? '' : `: ${missing}`;
  const detail = failureCode === null ? kind : `${kind}, ${failureCode}`;
  return `${subject} ${sentence}${names} (${detail}).`;
}
