import type { LimiterSettings } from '../../../config/index.js';
import { pass, warn, type Finding } from '../check.js';
import type { StoreCheck } from './store-check.js';

/** A shorter secret can be guessed together with the identifier. */
const ENOUGH_CHARACTERS = 16;

const FIX =
  'Set `hash_secret = "${REDIS_HASH_SECRET}"` of the store, with `openssl rand -base64 32`, the ' +
  'same for every process. It resets all counts.';

/** Whether identifiers can be recovered from the keys by trying candidates. */
export const hashSecret: StoreCheck = ({ settings, limiters }) =>
  Promise.resolve(judge(settings.hashSecret?.reveal() ?? null, limiters));

function judge(secret: string | null, limiters: readonly LimiterSettings[]): Finding {
  if (secret !== null) {
    return secret.length < ENOUGH_CHARACTERS
      ? warn('`hash_secret` is too short: it can be guessed.', FIX)
      : pass('keys hold an HMAC of the identifier.');
  }
  const guessable = limiters.filter(isGuessable).map(({ id }) => id);
  if (guessable.length === 0) return pass('no limiter has identifiers that can be guessed.');
  return warn(
    `${guessable.join(', ')}: keys hold a plain hash. All IPv4 addresses can be tried within ` +
      'hours, so a dump of the keys reveals the identifiers.',
    FIX,
  );
}

/** Every source but `global` falls back to the address when the value is missing. */
function isGuessable({ identifyBy }: LimiterSettings): boolean {
  return identifyBy.some((source) => source !== 'global');
}
