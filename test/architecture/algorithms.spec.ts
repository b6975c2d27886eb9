import { describe, expect, it } from 'vitest';
import { isModule } from './modules.js';
import { sources } from './sources.js';

const NAMES_AN_ALGORITHM =
  /['"`](token_bucket|sliding_window|concurrency)['"`]|\b(token_bucket|sliding_window): /;

describe('the algorithms', () => {
  it('are named in these files only, each of which the compiler checks for all of them', () => {
    const named = sources('src')
      .filter(({ path, text }) => isModule(path) && NAMES_AN_ALGORITHM.test(text))
      .map(({ path }) => path);
    expect(named.sort()).toEqual([
      'algorithms/algorithms.ts',
      'cli/algorithms.ts',
      'config/limiter/algorithms.ts',
      'config/limiter/limiter-policy.ts',
      'core/policy.ts',
      'stores/redis/protocol/algorithms.ts',
      'testing/contract/policies.ts',
    ]);
  });
});
