import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { waitUntil } from '../../support/redis/wait-until.js';
import { between, having, lowerQuartile, within, type Answer } from './answers.js';
import { expectDegraded, expectHonest, expectQuick } from './expectations.js';
import type { FaultApp } from './fault-app.js';
import type { Load, LoadOptions } from './load.js';

/** A fault, from its beginning to its end. */
export interface Fault {
  readonly begin: () => unknown;
  readonly end: () => unknown;
  /** How long it lasts; 3 s unless said otherwise. */
  readonly lastsMs?: number;
  /** How soon nothing gets through any more; 1 s unless said otherwise. */
  readonly biteMs?: number;
  /** How soon after its end limits must hold; 2 s unless said otherwise. */
  readonly backWithinMs?: number;
  readonly load?: LoadOptions;
}

/** What came of a fault. */
export interface Endured {
  readonly answers: readonly Answer[];
  readonly beganMs: number;
  readonly endedMs: number;
}

const CALM = 12;
const ENOUGH = 30;

/**
 * Lets an application live through a fault under load, and expects of it what it promises for every
 * fault: every request is answered; by the failure modes while the fault lasts, quickly; and by the
 * store soon after.
 */
export async function endure(app: FaultApp, fault: Fault): Promise<Endured> {
  const { begin, end, lastsMs = 3_000, biteMs = 1_000 } = fault;
  const load = app.load(fault.load);
  await calm(load);
  const beganMs = performance.now();
  await begin();
  await sleep(Math.max(0, lastsMs - (performance.now() - beganMs)));
  await waitUntil('some answers from within the fault', () => {
    return within(load.answers, beganMs + biteMs, performance.now()).length > ENOUGH;
  });
  const endsMs = performance.now();
  await end();
  const endedMs = performance.now();
  await calm(load);
  const answers = await load.stop();
  expectHonest(answers);
  const during = within(answers, beganMs + biteMs, endsMs);
  expectDegraded(during);
  expectQuick(during, within(load.unlimited, beganMs + biteMs, endsMs));
  expectBack(load, endedMs, fault.backWithinMs);
  return { answers, beganMs, endedMs };
}

/**
 * The store decides again soon after a fault. A busy machine may take longer: a probe that is late
 * costs a second.
 */
export function expectBack(load: Load, endedMs: number, withinMs = 2_000): void {
  const [first] = having(between(load.answers, endedMs), 'decided');
  const slackMs = 1_500 + 20 * lowerQuartile(between(load.unlimited, endedMs));
  expect((first?.sentMs ?? Infinity) - endedMs).toBeLessThan(withinMs + slackMs);
}

/** Waits until the store has decided everything for a while. */
export async function calm(load: Load): Promise<void> {
  const before = load.answers.length;
  await waitUntil(
    'the store to decide',
    () => {
      const last = load.answers.slice(before).slice(-CALM);
      return last.length === CALM && last.every(({ outcome }) => outcome === 'decided');
    },
    { timeoutMs: 25_000 },
  );
}
