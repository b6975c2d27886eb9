import { describe, expect, it } from 'vitest';
import { parseConfigObject, type LoggingConfig } from '../config/index.js';
import type { Decision } from '../core/decision.js';
import type { DecisionEvent, DecisionFailure } from '../core/events.js';
import { FakeClock } from '../testing/fake-clock.js';
import { DecisionLog } from './decision-log.js';

type Line = Readonly<Record<string, unknown>>;

function aLog(logging: LoggingConfig = {}, random = () => 0.5) {
  const clock = new FakeClock(1_000);
  const lines: (readonly [level: string, line: Line])[] = [];
  const sink = Object.fromEntries(
    ['debug', 'log', 'warn', 'error'].map((level) => [
      level,
      (line: Line) => void lines.push([level, line]),
    ]),
  ) as unknown as ConstructorParameters<typeof DecisionLog>[1];
  const stores = { main: { strategy: 'memory' } } as const;
  const limiters = { any: { ratePerSecond: 1 } };
  const { logging: settings } = parseConfigObject({ stores, limiters, logging });
  return { clock, lines, log: new DecisionLog(settings, sink, clock, random) };
}

function decision(overrides: Partial<Decision> = {}): Decision {
  const denied = { allowed: false, limit: 10, remaining: 0, retryAfterMs: 5_000 } as const;
  const rest = { resetAfterMs: 9_000, reason: 'over_limit', degraded: false } as const;
  return { limiterId: 'login', ...denied, ...rest, ...overrides };
}

const passed = (limiterId = 'login'): Decision =>
  decision({ limiterId, allowed: true, remaining: 3, retryAfterMs: 0, reason: 'within_limit' });
const lost = (limiterId = 'login'): Decision =>
  decision({ limiterId, reason: 'fail_closed', degraded: true });

function event(
  decisions: readonly Decision[],
  more: { endpoint?: string | null; failure?: DecisionFailure } = {},
): DecisionEvent {
  const failure = more.failure ?? {
    storeId: 'main',
    kind: 'connection',
    failureCode: 'ECONNREFUSED',
  };
  return {
    decisions,
    allowed: decisions.every(({ allowed }) => allowed),
    identifiers: decisions.map((_, index) => `hash-${String(index)}`),
    failures: decisions.map(({ degraded }) => (degraded ? failure : null)),
    endpoint: more.endpoint === undefined ? 'POST /login' : more.endpoint,
    durationMs: 1,
    waitedMs: null,
  };
}

describe('the log of decisions', () => {
  it('writes a denial as one object at level warn', () => {
    const { log, lines } = aLog();
    log.onDenied(event([decision()]));
    expect(lines).toEqual([
      [
        'warn',
        {
          event: 'rate_limit_exceeded',
          limiter_id: 'login',
          identifier: 'hash-0',
          endpoint: 'POST /login',
          limit: 10,
          remaining: 0,
          reset_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
          suppressed: 0,
        },
      ],
    ]);
  });

  it('writes one line for a composite, about the limit with the longest wait', () => {
    const { log, lines } = aLog();
    const longest = decision({ limiterId: 'account', retryAfterMs: 60_000 });
    log.onDenied(event([decision(), longest, passed('public')]));
    expect(lines.map(([, line]) => [line['limiter_id'], line['identifier']])).toEqual([
      ['account', 'hash-1'],
    ]);
  });

  it('writes a few lines for a flood of denials, and how many it left out', () => {
    const { log, lines, clock } = aLog();
    for (let n = 0; n < 1_000; n++) log.onDenied(event([decision()]));
    log.onDenied(event([decision({ limiterId: 'other' })]));
    expect(lines).toHaveLength(4);
    clock.advance(1_000);
    log.onDenied(event([decision()]));
    expect(lines[4]![1]).toMatchObject({ limiter_id: 'login', suppressed: 997 });
  });

  it('writes nothing about allowed calls, and does not observe them', () => {
    const { log } = aLog();
    expect(log.onDecision).toBeUndefined();
    expect(aLog({ allowedSample: 1, allowedLevel: 'off' }).log.onDecision).toBeUndefined();
  });

  it('writes a sample of the allowed calls', () => {
    const shares = [0.05, 0.2, 0.09];
    const { log, lines } = aLog({ allowedSample: 0.1 }, () => shares.shift() ?? 1);
    for (let n = 0; n < 4; n++) log.onDecision?.(event([passed()]));
    log.onDecision?.(event([decision()]));
    expect(lines.map(([level, line]) => [level, line['event'], line['remaining']])).toEqual([
      ['log', 'rate_limit_allowed', 3],
      ['log', 'rate_limit_allowed', 3],
    ]);
  });

  it('writes a failure of a store with its cause', () => {
    const { log, lines } = aLog();
    log.onDenied(event([passed('public'), lost()]));
    expect(lines).toEqual([
      [
        'error',
        {
          event: 'rate_limit_error',
          limiter_id: 'login',
          identifier: 'hash-1',
          endpoint: 'POST /login',
          store_id: 'main',
          kind: 'connection',
          failure_code: 'ECONNREFUSED',
          error:
            'store "main" refused the connection: nothing listens on this port ' +
            '(connection, ECONNREFUSED).',
          error_type: 'StoreUnavailableError',
          mode: 'fail_closed',
          suppressed: 0,
        },
      ],
    ]);
  });

  it('writes one line in 30 seconds about the same failure, and another one when it changes', () => {
    const { clock, lines, log } = aLog();
    for (let second = 0; second < 60; second++) {
      for (let time = 0; time < 100; time++) log.onDenied(event([lost()]));
      clock.advance(1_000);
    }
    expect(lines.map(([, line]) => line['suppressed'])).toEqual([0, 2_999]);
    const failure = { storeId: 'main', kind: 'oom', failureCode: 'OOM' };
    log.onDenied(event([lost()], { failure }));
    log.onDenied(event([lost()], { failure }));
    expect(lines.map(([, line]) => line['kind'])).toEqual(['connection', 'connection', 'oom']);
  });

  it('writes changes of circuits but not their probes, and full stores', () => {
    const { log, lines } = aLog();
    const node = { storeId: 'main', node: 'redis:6379' };
    log.onCircuit({ ...node, from: 'closed', to: 'open' });
    for (let probe = 0; probe < 10; probe++) {
      log.onCircuit({ ...node, from: 'open', to: 'half_open' });
      log.onCircuit({ ...node, from: 'half_open', to: 'open' });
    }
    log.onCircuit({ ...node, from: 'half_open', to: 'closed' });
    log.onOverflow({ storeId: 'main', limiterId: 'login', maxKeys: 5 });
    expect(lines).toMatchObject([
      ['warn', { event: 'rate_limit_circuit', store_id: 'main', from: 'closed', to: 'open' }],
      ['warn', { event: 'rate_limit_circuit', from: 'half_open', to: 'closed' }],
      ['warn', { event: 'rate_limit_overflow', limiter_id: 'login' }],
    ]);
  });

  it('writes at the levels that the configuration names', () => {
    const logging = { exceededLevel: 'debug', errorLevel: 'off', circuitLevel: 'info' } as const;
    const { log, lines } = aLog(logging);
    log.onDenied(event([decision()]));
    log.onDenied(event([lost()]));
    log.onCircuit({ storeId: 'main', node: null, from: 'open', to: 'closed' });
    expect(lines.map(([level, line]) => [level, line['event']])).toEqual([
      ['debug', 'rate_limit_exceeded'],
      ['log', 'rate_limit_circuit'],
    ]);
  });

  it.each(['\n', '\r\n', '\u001b[31m', '\u0000', '\u2028', '\u2029', '\u202e', '\u0085', '\ud800'])(
    'replaces %j in a route or a failure code',
    (unsafe) => {
      const { log, lines } = aLog();
      const failure = { storeId: 'main', kind: 'data', failureCode: `A${unsafe}B` };
      log.onDenied(event([decision(), lost('other')], { endpoint: `GET /x${unsafe}y`, failure }));
      expect(lines).toHaveLength(2);
      const text = JSON.stringify(lines);
      expect(text).not.toContain(JSON.stringify(unsafe).slice(1, -1));
      expect(text).toContain('GET /x?');
    },
  );
});
