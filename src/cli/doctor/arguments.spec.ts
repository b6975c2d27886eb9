import { describe, expect, it } from 'vitest';
import { UsageError } from '../command.js';
import { readArguments } from './arguments.js';

describe('readArguments', () => {
  it('takes a file, or the default locations', () => {
    expect(readArguments([])).toEqual({ file: null, isJson: false, application: null });
    expect(readArguments(['my.toml', '--json'])).toMatchObject({ file: 'my.toml', isJson: true });
  });

  it('takes an application, and a route with its method', () => {
    const at = ['--url', 'https://example.test/api?x=1#y'];
    const { application } = readArguments([...at, '--route', 'post /auth/login']);
    expect(application?.base.href).toBe('https://example.test/api');
    expect(application).toMatchObject({
      healthPath: '/health/rate-limiter',
      metricsPath: '/metrics',
      route: { method: 'POST', path: '/auth/login' },
    });
    expect(readArguments([...at, '--route', '/public']).application?.route?.method).toBe('GET');
  });

  it.each([
    ['an unknown option', ['--canary']],
    ['two files', ['canary', 'canary']],
    ['a URL that is none', ['--url', 'canary']],
    ['another scheme', ['--url', 'redis://canary']],
    ['a password in the URL', ['--url', 'http://user:canary@localhost']],
    ['a route that is no path', ['--url', 'http://localhost', '--route', 'canary']],
    ['a path that is none', ['--url', 'http://localhost', '--health-path', 'canary']],
    ['a route without an application', ['--route', '/canary']],
  ])('rejects %s, without repeating it', (_, args) => {
    const read = () => readArguments(args);
    expect(read).toThrow(UsageError);
    expect(read).not.toThrow(/canary/);
  });
});
