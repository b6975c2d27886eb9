/** The routes of the application: one fails open, one closed, and one has no limit. */
export type Route = 'open' | 'closed' | 'free';

/**
 * What an answer is.
 *
 * - `decided`: by the store (or by what it said a moment ago): 200 or 429, with RateLimit fields.
 * - `degraded`: by the failure mode of the route, exactly as promised.
 * - `hung`: there was none in time.
 * - `wrong`: everything else.
 */
export type Outcome = 'decided' | 'degraded' | 'hung' | 'wrong';

/** One request of the load, answered or not. */
export interface Answer {
  readonly route: Route;
  readonly identifier: string;
  /** When it was sent, by `performance.now()`. */
  readonly sentMs: number;
  readonly tookMs: number;
  /** 0: no answer. */
  readonly status: number;
  readonly outcome: Outcome;
  /** For a reader who looks for the cause of a failure. */
  readonly detail: string;
}

/** The part of a response that shows its outcome. */
export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Judges a response by the contract of its route. */
export function outcomeOf(route: Route, { status, headers }: Response): Outcome {
  if (route === 'free') return status === 200 ? 'decided' : 'wrong';
  const names = Object.keys(headers);
  const tellsLimits = names.some((name) => name.includes('ratelimit'));
  const retryAfter = Number(headers['retry-after'] ?? 0);
  if (tellsLimits) {
    const isWhole = 'ratelimit' in headers && 'ratelimit-policy' in headers;
    const isDecision = status === 200 || (status === 429 && retryAfter >= 1);
    return isWhole && isDecision ? 'decided' : 'wrong';
  }
  if (route === 'open') return status === 200 && retryAfter === 0 ? 'degraded' : 'wrong';
  const isClosed = status === 503 && retryAfter >= 1 && headers['cache-control'] === 'no-store';
  return isClosed ? 'degraded' : 'wrong';
}

/** Those that were sent from one moment on and before another. */
export function between(
  answers: readonly Answer[],
  fromMs: number,
  toMs = Number.POSITIVE_INFINITY,
): readonly Answer[] {
  return answers.filter(({ sentMs }) => sentMs >= fromMs && sentMs < toMs);
}

/** Those that were sent and answered between two moments: whatever lies outside did not touch them. */
export function within(
  answers: readonly Answer[],
  fromMs: number,
  toMs: number,
): readonly Answer[] {
  return between(answers, fromMs).filter(({ sentMs, tookMs }) => sentMs + tookMs <= toMs);
}

/**
 * How many were on their way at a moment and were answered by a failure mode: the store may have
 * executed them before, and its replies were lost.
 */
export function unheard(answers: readonly Answer[], atMs: number): number {
  const onTheirWay = answers.filter(
    ({ sentMs, tookMs }) => sentMs < atMs && sentMs + tookMs > atMs,
  );
  return having(onTheirWay, 'degraded').length;
}

export function having(answers: readonly Answer[], outcome: Outcome): readonly Answer[] {
  return answers.filter((answer) => answer.outcome === outcome);
}

/** Which part of the answers has this outcome, from 0 to 1. */
export function shareOf(answers: readonly Answer[], outcome: Outcome): number {
  return having(answers, outcome).length / Math.max(1, answers.length);
}

/** How long the quickest quarter of the answers took at most: what noise touches least. */
export function lowerQuartile(answers: readonly Answer[]): number {
  const sorted = answers.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 4)] ?? 0;
}

/** A bucket of the store: the same identifier has one on each route. */
export function bucketOf({ route, identifier }: Pick<Answer, 'route' | 'identifier'>): string {
  return `${route} ${identifier}`;
}

/** How often each bucket was told by the store that it may pass. */
export function toldToPass(answers: readonly Answer[]): ReadonlyMap<string, number> {
  const told = new Map<string, number>();
  for (const answer of answers) {
    if (answer.outcome !== 'decided' || answer.status !== 200) continue;
    told.set(bucketOf(answer), (told.get(bucketOf(answer)) ?? 0) + 1);
  }
  return told;
}
