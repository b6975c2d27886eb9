import { grantsOf } from '../../core/grants.js';
import type { BatchMode, Grant, StoreRequest, Verdict } from '../../core/store.js';

/** How the parts of a batch are decided. */
export interface CrossSlotOptions {
  /** The batch in parts, each of which is one step of the script. */
  readonly parts: readonly (readonly StoreRequest[])[];
  /** Decides a part in one step. */
  readonly decide: (part: readonly StoreRequest[], mode: BatchMode) => Promise<readonly Verdict[]>;
  readonly release: (grants: readonly Grant[]) => void;
}

/**
 * Decides a batch in several steps: its keys are in several slots of a cluster, or it is more work
 * than a server may do in one step.
 *
 * All or none: the parts are decided side by side, and what some took goes back when another
 * refuses or fails. Until it is back, another caller may be refused for it; never is one let
 * through too many.
 */
export async function decideCrossSlot(
  batch: readonly StoreRequest[],
  mode: BatchMode,
  parts: CrossSlotOptions,
): Promise<readonly Verdict[]> {
  return mode === 'any' ? await decideFirst(parts) : await decideAll(batch, parts);
}

async function decideAll(
  batch: readonly StoreRequest[],
  { parts, decide, release }: CrossSlotOptions,
): Promise<readonly Verdict[]> {
  const answers = await Promise.allSettled(parts.map((part) => decide(part, 'all')));
  const verdicts = new Map<StoreRequest, Verdict>();
  const granted: Grant[] = [];
  const taken = new Set<StoreRequest>();
  answers.forEach((answer, index) => {
    if (answer.status === 'rejected') return;
    const part = parts[index] ?? [];
    part.forEach((request, position) => {
      const verdict = answer.value[position];
      if (verdict === undefined) return;
      verdicts.set(request, verdict);
    });
    const grants = grantsOf(part, answer.value, 'all');
    granted.push(...grants);
    if (grants.length > 0) part.forEach((request) => taken.add(request));
  });
  const failed = answers.find((answer) => answer.status === 'rejected');
  const isAllowed = [...verdicts.values()].every(({ allowed }) => allowed);
  if (isAllowed && failed === undefined) return inOrder(batch, verdicts);
  release(granted);
  if (failed !== undefined) throw failed.reason;
  for (const [request, verdict] of verdicts) {
    if (taken.has(request)) verdicts.set(request, untaken(request, verdict));
  }
  return inOrder(batch, verdicts);
}

/** The first that passes is taken: one part after the other until then, and only looks after it. */
async function decideFirst({ parts, decide }: CrossSlotOptions): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  let hasPassed = false;
  for (const part of parts) {
    const asked = hasPassed ? part.map(asLook) : part;
    const decided = await decide(asked, 'any');
    verdicts.push(...decided);
    hasPassed ||= decided.some(({ allowed }) => allowed);
  }
  return verdicts;
}

function asLook(request: StoreRequest): StoreRequest {
  return { ...request, cost: 0, leaseId: null };
}

/** The verdict of a request that passed and whose units went back. */
function untaken({ cost }: StoreRequest, verdict: Verdict): Verdict {
  return { ...verdict, remaining: Math.min(verdict.limit, verdict.remaining + cost), waitMs: 0 };
}

function inOrder(
  batch: readonly StoreRequest[],
  verdicts: ReadonlyMap<StoreRequest, Verdict>,
): readonly Verdict[] {
  return batch.flatMap((request) => verdicts.get(request) ?? []);
}
