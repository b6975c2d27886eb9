import { describe, expect, it } from 'vitest';
import type { DegradedEvent } from '../core/events.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FailureLog } from './failure-log.js';

function aLog() {
  const clock = new FakeClock(1_000);
  const errors: unknown[] = [];
  const log = new FailureLog(
    {
      warn: () => undefined,
      error: (line) => {
        errors.push(line);
      },
    },
    clock,
  );
  const fail = (overrides: Partial<DegradedEvent> = {}): void => {
    const defaults = { storeId: 'main', limiterIds: ['login'], modes: ['fail_closed'] as const };
    log.onDegraded({ ...defaults, kind: 'connection', code: 'ECONNREFUSED', ...overrides });
  };
  return { clock, errors, fail };
}

describe('the log of failures', () => {
  it('writes the first at once, with what is known of it', () => {
    const { errors, fail } = aLog();
    fail();
    expect(errors).toEqual([
      {
        event: 'rate_limit_error',
        limiter_id: 'login',
        store_id: 'main',
        kind: 'connection',
        code: 'ECONNREFUSED',
        mode: 'fail_closed',
        suppressed: 0,
      },
    ]);
  });

  it('writes one line in 30 seconds about the same, and how many it left out', () => {
    const { clock, errors, fail } = aLog();
    for (let second = 0; second < 60; second++) {
      for (let time = 0; time < 100; time++) fail({ code: time % 2 === 0 ? 'ECONNREFUSED' : null });
      clock.advance(1_000);
    }
    expect(errors).toHaveLength(2);
    expect(errors[1]).toMatchObject({ suppressed: 2_999 });
  });

  it('writes what a failure turns into, once', () => {
    const { errors, fail } = aLog();
    fail();
    fail({ kind: 'loading', code: 'LOADING' });
    fail({ kind: 'timeout', code: null });
    fail();
    expect(errors).toMatchObject([{ kind: 'connection' }, { kind: 'loading', suppressed: 0 }]);
  });

  it('writes of every limiter for itself', () => {
    const { errors, fail } = aLog();
    fail({ limiterIds: ['login', 'api'], modes: ['fail_closed', 'fail_open'] });
    expect(errors).toMatchObject([
      { limiter_id: 'login', mode: 'fail_closed' },
      { limiter_id: 'api', mode: 'fail_open' },
    ]);
  });
});
