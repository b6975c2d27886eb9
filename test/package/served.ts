import { expect } from 'vitest';

/** One answer of the app in `apps/shared`, as its `main.ts` reports it. */
interface Answer {
  readonly route: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const like = (pattern: string): unknown => expect.stringMatching(`^${pattern}$`);
const SECONDS_OF_A_MINUTE = '(60|[1-5]?[0-9])';

const limitedHeaders = (remaining: number): object => ({
  'ratelimit-policy': '"login_ip";q=2;w=60',
  ratelimit: like(`"login_ip";r=${String(remaining)};t=${SECONDS_OF_A_MINUTE}`),
  'x-ratelimit-limit': '2',
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-reset': like('[0-9]{10}'),
});

/** Asserts that guard, injected limiter and service did their work in the app of `apps/shared`. */
export function expectServed(report: unknown): void {
  const answers = report as readonly Answer[];
  expect(answers.map(({ route, status }) => [route, status])).toEqual([
    ['login', 201],
    ['login', 201],
    ['login', 429],
    ['injected', 200],
    ['looked-up', 200],
  ]);
  const [first, second, denied, injected, lookedUp] = answers;
  expect(first?.headers).toMatchObject(limitedHeaders(1));
  expect(second?.headers).toMatchObject(limitedHeaders(0));
  expect(denied?.headers).toMatchObject({
    ...limitedHeaders(0),
    'retry-after': like(SECONDS_OF_A_MINUTE),
    'cache-control': 'no-store',
  });
  expect(bodyOf(denied)).toMatchObject({ statusCode: 429, limiter: 'login_ip' });
  expect(bodyOf(injected)).toMatchObject({ limiterId: 'login_ip', allowed: true, remaining: 1 });
  expect(bodyOf(lookedUp)).toMatchObject({ limiterId: 'login_ip', allowed: true, remaining: 0 });
}

function bodyOf(answer: Answer | undefined): unknown {
  return JSON.parse(answer?.body ?? 'null');
}
