import { grantsOf } from '../../core/grants.js';
import { decideAllInParts, decideFirstInParts } from '../../core/in-parts.js';
import type { BatchMode, Grant, StoreRequest, Verdict } from '../../core/store.js';

/** How the parts of a batch are decided. */
export interface CrossSlotOptions {
  /** The batch in parts, each of which is one step of the script. */
  readonly parts: readonly (readonly StoreRequest[])[];
  /** Decides a part in one step. Rejects with `StoreUnavailableError`. */
  readonly decide: (part: readonly StoreRequest[], mode: BatchMode) => Promise<readonly Verdict[]>;
  readonly release: (grants: readonly Grant[]) => void;
}

/**
 * Decides a batch in several steps: its keys are in several hash slots of a cluster, or it is more
 * work than a server may do in one step.
 */
export async function decideCrossSlot(
  batch: readonly StoreRequest[],
  mode: BatchMode,
  options: CrossSlotOptions,
): Promise<readonly Verdict[]> {
  return mode === 'any' ? await decideFirst(options) : await decideAll(batch, options);
}

/** The verdict on a request, or why there is none. */
type Outcome = Verdict | Error;

async function decideAll(
  batch: readonly StoreRequest[],
  { parts, decide, release }: CrossSlotOptions,
): Promise<readonly Verdict[]> {
  const outcomes = await decideAllInParts<StoreRequest, Outcome>(batch, parts, {
    decide: (part) =>
      decide(part, 'all').catch((error: unknown) => part.map(() => failureOf(error))),
    isAllowed: isPassed,
    release: (part, answers) => {
      release(grantsOf(part, answers.filter(isVerdict), 'all'));
    },
    untaken: (request, outcome) => (isVerdict(outcome) ? untaken(request, outcome) : outcome),
  });
  const failure = outcomes.find((outcome) => outcome instanceof Error);
  if (failure !== undefined) throw failure;
  return outcomes.filter(isVerdict);
}

function decideFirst({ parts, decide }: CrossSlotOptions): Promise<readonly Verdict[]> {
  return decideFirstInParts<StoreRequest, Verdict>(parts, {
    decide: (part) => decide(part, 'any'),
    isAllowed: ({ allowed }) => allowed,
    peek: (request) => ({ ...request, cost: 0, leaseId: null }),
  });
}

function failureOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function isVerdict(outcome: Outcome): outcome is Verdict {
  return !(outcome instanceof Error);
}

function isPassed(outcome: Outcome): boolean {
  return isVerdict(outcome) && outcome.allowed;
}

/** The verdict on a request that passed and whose units are released. */
function untaken({ cost }: StoreRequest, verdict: Verdict): Verdict {
  return { ...verdict, remaining: Math.min(verdict.limit, verdict.remaining + cost), waitMs: 0 };
}
