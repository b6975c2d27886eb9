import { inspect } from 'node:util';
import { ConsoleLogger } from '@nestjs/common';
import { expect, it, onTestFinished, vi } from 'vitest';
import { LogLine } from './log-line.js';

const exceeded = {
  event: 'rate_limit_exceeded',
  limiter_id: 'login_ip',
  endpoint: 'POST /login',
  limit: 10,
  remaining: 0,
  suppressed: 0,
};
const TEXT = "rate_limit_exceeded limiter_id=login_ip endpoint='POST /login' limit=10 remaining=0";

function writtenBy(logger: ConsoleLogger, line: object): string {
  let text = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  onTestFinished(() => {
    stdout.mockRestore();
  });
  logger.warn(line);
  stdout.mockRestore();
  return text;
}

it("C7: is one line of text with Nest's logger", () => {
  const logger = new ConsoleLogger('RateSync', { colors: false });
  const text = writtenBy(logger, new LogLine(exceeded));
  expect(text.trimEnd().split('\n')).toHaveLength(1);
  expect(text).toMatch(/WARN \[RateSync\] /);
  expect(text).toContain(`[RateSync] ${TEXT}`);
  expect(text).not.toContain('Object(');
});

it('is an object of fields for JSON loggers', () => {
  const text = writtenBy(new ConsoleLogger('RateSync', { json: true }), new LogLine(exceeded));
  expect(JSON.parse(text)).toMatchObject({ level: 'warn', message: exceeded });
  expect(Object.entries(new LogLine(exceeded))).toEqual(Object.entries(exceeded));
});

it('keeps its fields within another object', () => {
  expect(inspect({ message: new LogLine(exceeded) })).toContain("event: 'rate_limit_exceeded'");
});

it('omits what is null or not suppressed, and quotes text with spaces', () => {
  const line = new LogLine({
    event: 'rate_limit_error',
    endpoint: null,
    error: 'store "main" timed out',
    suppressed: 3,
  });
  expect(inspect(line)).toBe(`rate_limit_error error='store "main" timed out' suppressed=3`);
});
