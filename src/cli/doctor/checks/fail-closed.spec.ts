import { describe, expect, it } from 'vitest';
import { parseConfigObject } from '../../../config/index.js';
import { failClosed } from './fail-closed.js';

function judge(id: string, isClosed: boolean) {
  const limiters = { [id]: { ratePerSecond: 1, failClosed: isClosed } };
  const config = { stores: { main: { strategy: 'memory' as const } }, limiters };
  return failClosed(parseConfigObject(config, { env: {} }).limiters);
}

describe('failClosed', () => {
  it.each([
    ...['login_ip', 'login_credential', 'userLogin', 'userlogin', 'sign-in', 'sign_up', 'auth'],
    ...['oauth_callback', 'forgot-password', 'password_reset', 'otp', 'smsOtp', 'token', '2fa'],
    ...['two_factor', 'verify_email', 'account_recovery', 'registration', 'pin'],
  ])('recognises a limiter of logins by its name: %s', (id) => {
    const open = judge(id, false);
    expect(open.result).toBe('fail');
    expect(open.detail).toContain(id);
    expect(open.fix).toContain(`[limiters.${id}]`);
    expect(judge(id, true)).toMatchObject({ result: 'pass', fix: null });
  });

  it.each(['public', 'authenticated', 'author_feed', 'hotpath', 'shipping', 'pinboard', 'search'])(
    'ignores other names: %s',
    (id) => {
      expect(judge(id, false).result).toBe('pass');
    },
  );
});
