import { isStoreUnavailableError } from '../../../core/errors/index.js';
import { fail, pass } from '../check.js';
import { explainFailure } from '../servers/explain-failure.js';
import { TrialLimiter } from '../trial-limiter.js';
import type { StoreCheck } from './store-check.js';

const LIMIT = 10;

/** Whether two connections that share a limit are granted no more than the limit together. */
export const enforcement: StoreCheck = async ({ settings }) => {
  const trial = new TrialLimiter(settings);
  try {
    const first = trial.open();
    const earlier = await trial.consume(first, LIMIT);
    const second = trial.open();
    const rest = Array.from({ length: 2 * LIMIT - 1 }, (_, at) =>
      trial.consume(at % 2 === 0 ? second : first, LIMIT),
    );
    const verdicts = [earlier, ...(await Promise.all(rest))];
    const passed = verdicts.filter((verdict) => verdict?.allowed === true).length;
    const counted = `${String(passed)} of ${String(2 * LIMIT)} calls over two connections passed`;
    if (passed === LIMIT) return pass(`${counted} a limit of ${String(LIMIT)}.`);
    return fail(
      `${counted} a limit of ${String(LIMIT)}: the connections do not share their counts.`,
      'Set `url` to one server or one cluster: a load balancer or a DNS name in front of several ' +
        'independent servers splits the counts.',
    );
  } catch (error) {
    if (!isStoreUnavailableError(error)) throw error;
    return explainFailure(error);
  } finally {
    await trial.close();
  }
};
