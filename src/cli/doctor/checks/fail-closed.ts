import type { LimiterSettings } from '../../../config/index.js';
import { fail, pass, type Finding } from '../check.js';

/** Words of a name that tell that a limiter guards against guessing. */
const WHOLE_WORDS: ReadonlySet<string> = new Set([
  ...['auth', 'oauth', 'oauth2', 'sso', 'saml', 'authenticate', 'authentication', 'authorize'],
  ...['login', 'logins', 'logon', 'signin', 'signup', 'register', 'registration'],
  ...['pass', 'passwd', 'pwd', 'pin', 'otp', 'totp', 'hotp', 'mfa', 'tfa', '2fa', 'twofactor'],
  ...['token', 'tokens', 'captcha', 'verify', 'verification', 'reset', 'recover', 'recovery'],
]);

/** So plain that they are looked for within words too, as in `userlogin`. */
const PARTS = /login|signin|signup|password|passcode|credential/;

/** Whether every limiter that guards logins and codes refuses while its store is away. */
export function failClosed(limiters: readonly LimiterSettings[]): Finding {
  const guards = limiters.filter(({ id }) => isGuard(id));
  const open = guards.filter(({ failureMode }) => failureMode === 'fail_open').map(({ id }) => id);
  if (open.length > 0) {
    const fixes = open.map((id) => `[limiters.${id}]`).join(', ');
    return fail(
      `${open.join(', ')}: lets everybody guess while the store is away.`,
      `Set \`fail_closed = true\` in ${fixes}, so that it answers 503 instead.`,
    );
  }
  if (guards.length === 0) return pass('no limiter is named after logins, passwords or codes.');
  return pass(`${guards.map(({ id }) => id).join(', ')}: refuses while the store is away.`);
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
