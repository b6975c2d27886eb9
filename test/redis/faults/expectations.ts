import { expect } from 'vitest';
import { waitUntil } from '../../support/redis/wait-until.js';
import {
  bucketOf,
  having,
  lowerQuartile,
  shareOf,
  toldToPass,
  unheard,
  type Answer,
} from './answers.js';
import { TIMEOUT_MS, unhandled, type FaultApp } from './fault-app.js';

/** How many lines a fault may write, whatever the load. */
const MOST_LINES = 5;

/** What is said of a connection that is gone, in the order in which it becomes known. */
export const GONE: readonly string[] = [
  'null',
  'CLOSED',
  'ECONNRESET',
  'EPIPE',
  'ECONNREFUSED',
].map((code) => `connection/${code}`);

/** What is said of a server that does not answer. */
export const SILENT: readonly string[] = ['timeout/null', 'timeout/ETIMEDOUT'];

/** Nobody was left without an answer, and every answer is what its route promises. */
export function expectHonest(answers: readonly Answer[]): void {
  expect(answers.length).toBeGreaterThan(0);
  expect(having(answers, 'wrong').slice(0, 3)).toEqual([]);
  expect(having(answers, 'hung')).toEqual([]);
}

/** The failure modes answer, but for a few at the edges. */
export function expectDegraded(answers: readonly Answer[], share = 0.9): void {
  expect(answers.length).toBeGreaterThan(0);
  expect(shareOf(answers, 'degraded')).toBeGreaterThan(share);
}

/**
 * Nobody waits for a store that is known to fail: answers take no longer than those of a route
 * without limits, which are what this machine can do.
 */
export function expectQuick(answers: readonly Answer[], unlimited: readonly Answer[]): void {
  expect(lowerQuartile(answers)).toBeLessThan(1.5 * lowerQuartile(unlimited) + TIMEOUT_MS / 2);
}

/**
 * Observers are told why, as `kind/code` (any of the causes); the log has a line of that kind, and few
 * lines at all; and nothing that was said holds the secret.
 */
export function expectLogged(app: FaultApp, causes: readonly string[], secret: string): void {
  const told = [...app.witness.degraded.keys()];
  expect(
    causes.some((cause) => told.includes(cause)),
    `${causes.join(' or ')} in ${told.join(' ')}`,
  ).toBe(true);
  const kinds = app.errorLines.map(({ message }) => (message as { kind: string }).kind);
  // A busy machine may cause timeouts, which are worth a line and take the place of another one.
  const isLogged = causes.some((cause) => kinds.includes(cause.replace(/\/.*/, '')));
  expect(isLogged || kinds.includes('timeout'), kinds.join(' ')).toBe(true);
  expect(kinds.length, kinds.join(' ')).toBeLessThanOrEqual(MOST_LINES);
  expectNoSecret(app, secret);
}

/** The secret was not revealed, and there was no unhandled rejection. */
export function expectNoSecret(app: FaultApp, secret: string): void {
  expect(app.everythingSaid).not.toContain(secret);
  expect(unhandled).toEqual([]);
}

/**
 * The store has counted exactly what was answered: nothing that a failure mode answered was counted
 * later, and nothing that passed was lost. Only replies that were lost when a fault began are counted
 * without an answer, no more of them than requests in flight (and those of the very moment).
 */
export async function expectCounted(
  app: FaultApp,
  answers: readonly Answer[],
  beganMs: number | null = null,
): Promise<void> {
  const lost = beganMs === null ? 0 : unheard(answers, beganMs) + 3;
  const told = toldToPass(answers);
  let surplus = 0;
  for (const bucket of new Set(answers.map(bucketOf))) {
    const difference = (await counted(app, bucket)) - (told.get(bucket) ?? 0);
    expect(difference, `${bucket}: counted minus told`).toBeGreaterThanOrEqual(0);
    surplus += difference;
  }
  expect(surplus, 'counted without an answer').toBeLessThanOrEqual(lost);
}

/** No bucket passed more often than its limit. */
export function expectWithinLimit(answers: readonly Answer[], limit: number): void {
  const told = [...toldToPass(answers).entries()];
  expect(told.filter(([, count]) => count > limit)).toEqual([]);
}

async function counted(app: FaultApp, bucket: string): Promise<number> {
  const [route, caller = ''] = bucket.split(' ');
  let units = Number.NaN;
  await waitUntil(`the store to tell of ${bucket}`, async () => {
    const seen = await app.look(route === 'open' ? 'open' : 'closed', caller);
    units = seen.limit - seen.remaining;
    return !seen.degraded;
  });
  return units;
}
