import type { LimiterSettings } from '../../../config/index.js';
import { fail, pass, type Finding } from '../check.js';

/** Words in the name of a limiter against guessing. */
const WHOLE_WORDS: ReadonlySet<string> = new Set([
  ...['auth', 'oauth', 'oauth2', 'sso', 'saml', 'authenticate', 'authentication', 'authorize'],
  ...['login', 'logins', 'logon', 'signin', 'signup', 'register', 'registration'],
  ...['pass', 'passwd', 'pwd', 'pin', 'otp', 'totp', 'hotp', 'mfa', 'tfa', '2fa', 'twofactor'],
  ...['token', 'tokens', 'captcha', 'verify', 'verification', 'reset', 'recover', 'recovery'],
]);

/** Unambiguous also within a word, as in `userlogin`. */
const PARTS = /login|signin|signup|password|passcode|credential/;

/** Whether every limiter of logins and codes denies requests while its store is unavailable. */
export function failClosed(limiters: readonly LimiterSettings[]): Finding {
  const guards = limiters.filter(({ id }) => isGuard(id));
  const open = guards.filter(({ failureMode }) => failureMode === 'fail_open').map(({ id }) => id);
  if (open.length > 0) {
    const fixes = open.map((id) => `[limiters.${id}]`).join(', ');
    return fail(
      `${open.join(', ')}: allows unlimited guessing while the store is unavailable.`,
      `Set \`fail_closed = true\` in ${fixes}: requests are then denied with 503.`,
    );
  }
  if (guards.length === 0) return pass('no limiter is named after logins, passwords or codes.');
  return pass(
    `${guards.map(({ id }) => id).join(', ')}: denies requests while the store is unavailable.`,
  );
}

function isGuard(id: string): boolean {
  if (PARTS.test(id.toLowerCase())) return true;
  const words = id
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_.-]+/);
  const pairs = words.map((word, at) => word + (words[at + 1] ?? ''));
  return [...words, ...pairs].some((word) => WHOLE_WORDS.has(word));
}
