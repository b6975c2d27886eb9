import type { RateLimitContext } from '../../decorators/rules.js';
import type { WarnOnce } from '../../guard/warn-once.js';
import type { IsLimiterGuard, MissingValue } from '../transport.js';

/** Nest's own key for the guards of a class and of a handler. */
const GUARDS = '__guards__';

/** Requests of a route that are followed to their end, to see whether a user appears. */
const MOST_FOLLOWED = 100;

/**
 * Warns, once per route, that the limiter's guard runs before the guard that sets the user: when the
 * route has guards of its own, or when the request has a user at its end.
 */
export class GuardOrderWarning {
  readonly #warnings: WarnOnce;
  readonly #isLimiterGuard: IsLimiterGuard;
  readonly #routeOf: (context: RateLimitContext) => string;
  readonly #followed = new Map<string, number>();

  constructor(
    warnings: WarnOnce,
    isLimiterGuard: IsLimiterGuard,
    routeOf: (context: RateLimitContext) => string,
  ) {
    this.#warnings = warnings;
    this.#isLimiterGuard = isLimiterGuard;
    this.#routeOf = routeOf;
  }

  check(missing: MissingValue): void {
    // A user without this field exists already: no order of guards adds the field.
    if (hasUser(missing.context.request)) return;
    const route = this.#routeOf(missing.context);
    const later = this.#laterGuardsOf(missing.context);
    if (later.length > 0)
      this.#warn(route, missing, `the guards of the route (${later.join(', ')})`);
    else this.#follow(route, missing);
  }

  /** The guards of a route that run after the limiter's own, which is a global one where none is named. */
  #laterGuardsOf({ execution }: RateLimitContext): readonly string[] {
    const guards = [...guardsOn(execution.getClass()), ...guardsOn(execution.getHandler())];
    const last = guards.findLastIndex((guard) => this.#isLimiterGuard(guard));
    return guards.slice(last + 1).map(nameOf);
  }

  #follow(route: string, missing: MissingValue): void {
    const followed = this.#followed.get(route) ?? 0;
    if (followed >= MOST_FOLLOWED) return;
    this.#followed.set(route, followed + 1);
    responseOf(missing.context)?.once('close', () => {
      if (!hasUser(missing.context.request)) return;
      this.#followed.set(route, MOST_FOLLOWED);
      this.#warn(route, missing, 'the guard that sets the user');
    });
  }

  #warn(route: string, { limiterId, source }: MissingValue, guards: string): void {
    this.#warnings.about(
      `no user: ${route}`,
      () =>
        `limiter "${limiterId}": "${source}" has no value on ${route}, so the request counted by the ` +
        `client's address: RateLimitGuard runs before ${guards}. Let it run after: either make the ` +
        'guard that sets the user an APP_GUARD of the root module, whose own guards come before ' +
        'those of imported modules; or set globalGuard: false and write RateLimitGuard last in ' +
        '@UseGuards(). Logged once per route.',
    );
  }
}

function guardsOn(target: object): readonly unknown[] {
  const guards: unknown = Reflect.getMetadata(GUARDS, target);
  return Array.isArray(guards) ? guards : [];
}

function nameOf(guard: unknown): string {
  if (typeof guard === 'function') return guard.name;
  return (guard as { readonly constructor?: { readonly name?: string } }).constructor?.name ?? '';
}

/** Whether the request has a user now; a middleware of Fastify sets it on Node's own request. */
function hasUser(request: unknown): boolean {
  const { user, raw } = request as { user?: unknown; raw?: { user?: unknown } };
  return (user ?? raw?.user ?? null) !== null;
}

interface Closing {
  once(event: 'close', listener: () => void): unknown;
}

/** Node's own response: Express' is one, Fastify's holds it. */
function responseOf({ response }: RateLimitContext): Closing | null {
  const { raw } = response as { raw?: Closing };
  return raw ?? (response as Closing | undefined) ?? null;
}
