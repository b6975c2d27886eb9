import type { LimiterPolicy } from '../core/policy.js';

/** A policy in a few words: `10 in 300 s`. */
export function describePolicy(policy: LimiterPolicy): string {
  const slots = policy.concurrency;
  const held = slots === undefined ? '' : `${String(slots.maxConcurrent)} at once`;
  switch (policy.algorithm) {
    case 'token_bucket': {
      const rate = `${String(policy.ratePerSecond)}/s, burst ${String(policy.burst)}`;
      return held === '' ? rate : `${rate}, ${held}`;
    }
    case 'sliding_window': {
      const window = `${String(policy.limit)} in ${String(policy.windowMs / 1_000)} s`;
      return held === '' ? window : `${window}, ${held}`;
    }
    case 'concurrency':
      return held;
  }
}

/** A time as people say it: `250 ms`, `12 s`, `5 min`. */
export function describeMs(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'never';
  if (ms < 1_000) return `${String(Math.ceil(ms))} ms`;
  if (ms < 120_000) return `${String(Math.ceil(ms / 1_000))} s`;
  return `${String(Math.ceil(ms / 60_000))} min`;
}

/** An amount of memory: `51.6 MiB`. */
export function describeBytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
