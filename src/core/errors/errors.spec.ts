import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  AcquireTimeoutError,
  ClosedError,
  ConfigurationError,
  CostExceedsLimitError,
  InvalidCostError,
  InvalidIdentifierError,
  InvalidUsageError,
  isAcquireTimeoutError,
  isClosedError,
  isConfigurationError,
  isCostExceedsLimitError,
  isInvalidCostError,
  isInvalidIdentifierError,
  isInvalidUsageError,
  isLeaseEndedError,
  isLeaseRequiredError,
  isLimiterNotFoundError,
  isRateSyncError,
  isStoreUnavailableError,
  LeaseEndedError,
  LeaseRequiredError,
  LimiterNotFoundError,
  RateSyncError,
  StoreUnavailableError,
  UnknownLimitersError,
} from './index.js';

const known = ['public', 'authenticated'];
const use = { limiterId: 'publc', where: 'AuthController.login' };
const problem = { path: 'limiters.a.limit', line: 3, message: 'expected a whole number.' };

const samples = [
  ['RATE_SYNC_INVALID_CONFIG', new ConfigurationError([problem], 'rate-sync.toml')],
  ['RATE_SYNC_UNKNOWN_LIMITER', new LimiterNotFoundError('publc', known)],
  ['RATE_SYNC_UNKNOWN_LIMITER', new UnknownLimitersError([use], known)],
  ['RATE_SYNC_STORE_UNAVAILABLE', new StoreUnavailableError({ storeId: 'main', kind: 'timeout' })],
  ['RATE_SYNC_ACQUIRE_TIMEOUT', new AcquireTimeoutError('api', 500, 1_200)],
  ['RATE_SYNC_COST_EXCEEDS_LIMIT', new CostExceedsLimitError('api', 11, 10)],
  ['RATE_SYNC_LEASE_REQUIRED', new LeaseRequiredError('api')],
  ['RATE_SYNC_LEASE_ENDED', new LeaseEndedError('api')],
  ['RATE_SYNC_INVALID_COST', new InvalidCostError('api', 1.5)],
  ['RATE_SYNC_INVALID_IDENTIFIER', new InvalidIdentifierError('api', {})],
  ['RATE_SYNC_INVALID_USAGE', new InvalidUsageError('Use it in another way.')],
  ['RATE_SYNC_CLOSED', new ClosedError()],
] as const;

describe.each(samples)('an error of code %s', (code, error) => {
  it('is a RateSyncError with its code in front of its message', () => {
    expect(error).toBeInstanceOf(RateSyncError);
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe(code);
    expect(error.message.startsWith(`${code}: `)).toBe(true);
    expect(error.name).toBe(error.constructor.name);
    expect(isRateSyncError(error)).toBe(true);
  });

  it('names the next step in its message', () => {
    const step =
      /\b(Use|Raise|Split|Convert|Known|Did you mean|must be|expected|Check|See|Start|Make sure|Create|Ask)\b/;
    expect(error.message).toMatch(step);
  });
});

describe('the messages of errors', () => {
  it('list the known limiters and suggest the nearest', () => {
    expect(new LimiterNotFoundError('publc', known).message).toBe(
      'RATE_SYNC_UNKNOWN_LIMITER: no limiter is called "publc". Known: authenticated, public. ' +
        'Did you mean "public"?',
    );
    expect(new LimiterNotFoundError('x', []).message).toContain('Known: none.');
  });

  it('list every use of an unknown limiter', () => {
    const uses = [use, { limiterId: 'nothing', where: 'defaultLimiters' }];
    const error = new UnknownLimitersError(uses, known);
    expect(error.uses).toBe(uses);
    expect(error.message.split('\n')).toEqual([
      'RATE_SYNC_UNKNOWN_LIMITER: no such limiter. Known: authenticated, public.',
      '  - AuthController.login names "publc". Did you mean "public"?',
      '  - defaultLimiters names "nothing".',
    ]);
  });

  it('list all problems of a configuration with path and line', () => {
    const whole = { path: '', line: null, message: 'is empty.' };
    expect(new ConfigurationError([problem, whole], null).message.split('\n')).toEqual([
      'RATE_SYNC_INVALID_CONFIG: 2 problems in the configuration object',
      '  - limiters.a.limit (line 3): expected a whole number.',
      '  - is empty.',
    ]);
  });

  it('contain store, address and cause of a failure', () => {
    const failure = { storeId: 'main', kind: 'connection', failureCode: 'ECONNREFUSED' } as const;
    const error = new StoreUnavailableError({ ...failure, address: '10.0.0.1:6379' });
    expect(error.message).toContain(
      'store "main" at 10.0.0.1:6379 refused the connection: nothing listens on this port ' +
        '(connection, ECONNREFUSED).',
    );
    expect(error).toMatchObject({
      storeId: 'main',
      kind: 'connection',
      failureCode: 'ECONNREFUSED',
      address: '10.0.0.1:6379',
    });
  });

  it.each([
    ['a string', 'a value of type string'],
    [[1, 2], 'an array'],
    [null, 'null'],
    [{ id: 1 }, 'a value of type object'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [-1, '-1'],
  ])('describe the cost %j by its type unless it is a number', (cost, kind) => {
    expect(new InvalidCostError('api', cost).message).toContain(`not ${kind}.`);
  });

  it.each([
    4_915_112_345_678,
    4_915_112_345_678n,
    ['4915112345678'],
    { phone: '4915112345678' },
    Symbol('4915112345678'),
    () => '4915112345678',
  ])('never contain an identifier: %o', (identifier) => {
    const error = new InvalidIdentifierError('api', identifier);
    expect(inspect(error, { depth: null })).not.toContain('4915112345678');
  });
});

describe('a type guard', () => {
  const guards = [
    ['RATE_SYNC_INVALID_CONFIG', isConfigurationError],
    ['RATE_SYNC_UNKNOWN_LIMITER', isLimiterNotFoundError],
    ['RATE_SYNC_STORE_UNAVAILABLE', isStoreUnavailableError],
    ['RATE_SYNC_ACQUIRE_TIMEOUT', isAcquireTimeoutError],
    ['RATE_SYNC_COST_EXCEEDS_LIMIT', isCostExceedsLimitError],
    ['RATE_SYNC_LEASE_REQUIRED', isLeaseRequiredError],
    ['RATE_SYNC_LEASE_ENDED', isLeaseEndedError],
    ['RATE_SYNC_INVALID_COST', isInvalidCostError],
    ['RATE_SYNC_INVALID_IDENTIFIER', isInvalidIdentifierError],
    ['RATE_SYNC_INVALID_USAGE', isInvalidUsageError],
    ['RATE_SYNC_CLOSED', isClosedError],
  ] as const;

  it.each(guards)('of %s matches its own errors only', (code, guard) => {
    const accepted = samples.filter(([, error]) => guard(error));
    expect(accepted.map(([each]) => each)).toEqual(
      samples.map(([each]) => each).filter((each) => each === code),
    );
  });

  it.each(guards)('of %s matches an error of another copy of the package', (code, guard) => {
    const foreign = Object.assign(new Error('from another copy'), { code });
    expect(guard(foreign)).toBe(true);
    expect(isRateSyncError(foreign)).toBe(true);
  });

  it.each([
    [null],
    [undefined],
    ['RATE_SYNC_CLOSED'],
    [7],
    [new Error('other')],
    [Object.assign(new Error('system'), { code: 'ECONNREFUSED' })],
    [{ code: 5 }],
    [{ code: null }],
    [{ code: 'rate_sync_closed' }],
  ])('does not match %o', (value) => {
    const all = [isRateSyncError, ...guards.map(([, guard]) => guard)];
    expect(all.some((guard) => guard(value))).toBe(false);
  });
});
