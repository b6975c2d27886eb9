/* Decisions by as many callers at once as are wanted, each of which asks again when it is answered. */
import { setImmediate } from 'node:timers/promises';
import { cpuUsSince, identifierOf, percentile } from './harness.mjs';

const SAMPLES = 100_000;

export const IDENTIFIERS = Array.from({ length: 1_000 }, (_, index) => identifierOf(index));

/** Runs for that long, and tells what it cost. `outcomeOf` reads an answer of `call`. */
export async function run({ call, outcomeOf }, { inFlight, durationMs }) {
  const latencies = new Float64Array(SAMPLES);
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  let asked = 0;
  let answered = 0;
  const outcomes = { allowed: 0, denied: 0, unanswered: 0 };

  const caller = async () => {
    let nowMs = performance.now();
    while (nowMs - startMs < durationMs) {
      const sentMs = nowMs;
      const answer = await call(IDENTIFIERS[asked++ % IDENTIFIERS.length]);
      outcomes[outcomeOf(answer)] += 1;
      nowMs = performance.now();
      latencies[answered++ % SAMPLES] = nowMs - sentMs;
      // What is answered from memory would keep the event loop from turning.
      if (answered % 1_000 === 0) await setImmediate();
    }
  };

  await Promise.all(Array.from({ length: inFlight }, caller));
  const cpuUs = cpuUsSince(cpu);
  const elapsedMs = performance.now() - startMs;
  return {
    decisions: answered,
    perSecond: (answered / elapsedMs) * 1_000,
    cpuUs,
    allowedShare: outcomes.allowed / answered,
    unanswered: outcomes.unanswered,
    p99Ms: percentile(latencies.subarray(0, Math.min(answered, SAMPLES)), 0.99),
  };
}

/** What one of our decisions says; it is not the store's word when Redis took too long. */
export function outcomeOf({ allowed, degraded, binding }) {
  if (degraded || binding?.degraded) return 'unanswered';
  return allowed ? 'allowed' : 'denied';
}
