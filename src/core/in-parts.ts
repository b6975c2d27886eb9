import { allReady, whenReady, type MaybePromise } from './maybe-promise.js';

/** How a part of a batch is decided, in one step. */
interface PartDecision<Request, Answer> {
  readonly decide: (part: readonly Request[]) => MaybePromise<readonly Answer[]>;
  readonly isAllowed: (answer: Answer) => boolean;
}

/** How a part that was allowed is undone when another part was denied. */
export interface AllOrNone<Request, Answer> extends PartDecision<Request, Answer> {
  /** Releases what the part took. */
  readonly release: (part: readonly Request[], answers: readonly Answer[]) => void;
  /** The answer to a request whose units are released. */
  readonly untaken: (request: Request, answer: Answer) => Answer;
}

/**
 * Decides a batch in several steps, all or none: the parts are decided concurrently, and the grants of
 * some are released when another one denies. Until that release, a concurrent request may be denied
 * because of them; the limit is never exceeded. Returns the answers in the order of the batch.
 */
export function decideAllInParts<Request, Answer>(
  batch: readonly Request[],
  parts: readonly (readonly Request[])[],
  steps: AllOrNone<Request, Answer>,
): MaybePromise<readonly Answer[]> {
  return whenReady(allReady(parts.map(steps.decide)), (answersOfParts) => {
    const isAllowed = answersOfParts.every((answers) => answers.every(steps.isAllowed));
    const byRequest = new Map<Request, Answer>();
    parts.forEach((part, index) => {
      const answers = answersOfParts[index] ?? [];
      const isUndone = !isAllowed && answers.every(steps.isAllowed);
      if (isUndone) steps.release(part, answers);
      part.forEach((request, position) => {
        const answer = answers[position];
        if (answer === undefined) return;
        byRequest.set(request, isUndone ? steps.untaken(request, answer) : answer);
      });
    });
    return batch.flatMap((request) => byRequest.get(request) ?? []);
  });
}

/** How the requests after an allowed one are decided. */
export interface FirstOnly<Request, Answer> extends PartDecision<Request, Answer> {
  /** The same request, as a peek. */
  readonly peek: (request: Request) => Request;
}

/**
 * Decides a batch of which only the first request that passes takes: the parts are decided one after
 * another, and only peeked at once one has passed. Returns the answers in the order of the parts.
 */
export async function decideFirstInParts<Request, Answer>(
  parts: readonly (readonly Request[])[],
  steps: FirstOnly<Request, Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let hasPassed = false;
  for (const part of parts) {
    const decided = await steps.decide(hasPassed ? part.map(steps.peek) : part);
    answers.push(...decided);
    hasPassed ||= decided.some(steps.isAllowed);
  }
  return answers;
}
