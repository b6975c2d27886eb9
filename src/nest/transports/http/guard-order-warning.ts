import type { Advice } from '../../guard/warn-once.js';
import { endpointOf } from './http-transport.js';
import type { RateLimitContext } from '../../decorators/rules.js';

/** A request whose `user:` source found no user or no such field. */
export interface MissingUser {
  readonly limiterId: string;
  readonly source: string;
  readonly context: RateLimitContext;
}

/** Tells the guards of this package, by class or instance, from those of the application. */
export type IsLimiterGuard = (guard: unknown) => boolean;

/** Where Nest keeps the guards of a class and of a handler. */
const GUARDS = '__guards__';

/** Requests of a route that are followed to their end, to see whether a user turns up. */
const MOST_FOLLOWED = 100;

/**
 * Tells, once per route, that the limiter's guard runs before the guard that sets the user: when the
 * route has guards of its own, and when the user is there at the end of a request.
 */
export class UserAdvice {
  readonly #advice: Advice;
  readonly #isLimiterGuard: IsLimiterGuard;
  readonly #followed = new Map<string, number>();

  constructor(advice: Advice, isLimiterGuard: IsLimiterGuard) {
    this.#advice = advice;
    this.#isLimiterGuard = isLimiterGuard;
  }

  missing(missing: MissingUser): void {
    const { execution } = missing.context;
    // A user without this field is there already: no order of guards gives it one.
    if (execution.getType() !== 'http' || hasUser(missing.context.request)) return;
    const route = endpointOf(missing.context);
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

  #follow(route: string, missing: MissingUser): void {
    const followed = this.#followed.get(route) ?? 0;
    if (followed >= MOST_FOLLOWED) return;
    this.#followed.set(route, followed + 1);
    responseOf(missing.context)?.once('close', () => {
      if (!hasUser(missing.context.request)) return;
      this.#followed.set(route, MOST_FOLLOWED);
      this.#warn(route, missing, 'the guard that sets the user');
    });
  }

  #warn(route: string, { limiterId, source }: MissingUser, guards: string): void {
    this.#advice.once(
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

/** Whether a user is there now; a middleware of Fastify notes it on Node's own request. */
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
