import { StoreUnavailableError, type StoreFailureKind } from '../core/errors/index.js';
import type { MaybePromise } from '../core/maybe-promise.js';
import { capacityOf } from '../algorithms/algorithms.js';
import type {
  BatchMode,
  Grant,
  LeaseRef,
  PlacesKept,
  PlacesRef,
  StateRef,
  Store,
  StoreDescription,
  StoreRequest,
  Verdict,
  WaitingPlaces,
} from '../core/store.js';
import type { OpenStore } from '../runtime/open-store.js';
import { MemoryStore } from '../stores/memory/memory-store.js';

/** What a script says of one request; undefined leaves it to the limit. */
export type ScriptedDecision = 'allow' | 'deny' | Partial<Verdict> | undefined;

/** Decides instead of the limits, one request at a time. */
export type DecisionScript = (request: StoreRequest) => ScriptedDecision;

type Behaviour =
  | { readonly kind: 'enforce' }
  | { readonly kind: 'script'; readonly script: DecisionScript }
  | { readonly kind: 'fail'; readonly failure: StoreFailureKind }
  | { readonly kind: 'hang' };

/**
 * Stands in for the stores of an application under test, and does what the test says: enforce the
 * limits in memory (how it starts), let everything pass, follow a script, fail, or not answer.
 *
 * A change applies from the next call on. Give it to `RateSyncTestingModule.withStore` or
 * `overrideRateSync`.
 */
export class TestStore {
  #behaviour: Behaviour = { kind: 'enforce' };
  #stores: MemoryStore[] = [];

  /** Enforces the configured limits, in memory. Also heals after `fail` and `hang`. */
  enforce(): this {
    return this.#behave({ kind: 'enforce' });
  }

  /** Lets everything pass. */
  unlimited(): this {
    return this.script(() => 'allow');
  }

  /** Decides by a function; what it leaves undefined is decided by the limits. */
  script(script: DecisionScript): this {
    return this.#behave({ kind: 'script', script });
  }

  /** Rejects every call, as a store does that cannot be reached. */
  fail(failure: StoreFailureKind = 'connection'): this {
    return this.#behave({ kind: 'fail', failure });
  }

  /** Never answers. */
  hang(): this {
    return this.#behave({ kind: 'hang' });
  }

  /** Forgets everything that was counted. */
  clear(): this {
    for (const store of this.#stores) store.clear();
    return this;
  }

  /** Opens stores that behave like this one; the value for `RATE_SYNC_OPEN_STORE`. */
  readonly openStore: OpenStore = (settings, { clock, onOverflow }) => {
    const { id } = settings;
    const maxKeys = settings.strategy === 'memory' ? settings.maxKeys : undefined;
    const memory = new MemoryStore({ id, maxKeys, clock, onOverflow });
    this.#stores.push(memory);
    return new SwitchedStore(memory, () => this.#behaviour);
  };

  #behave(behaviour: Behaviour): this {
    this.#behaviour = behaviour;
    return this;
  }
}

class SwitchedStore implements Store {
  readonly id: string;
  readonly #memory: MemoryStore;
  readonly #behaviour: () => Behaviour;

  constructor(memory: MemoryStore, behaviour: () => Behaviour) {
    this.id = memory.id;
    this.#memory = memory;
    this.#behaviour = behaviour;
  }

  decide(batch: readonly StoreRequest[], mode: BatchMode): MaybePromise<readonly Verdict[]> {
    return this.#switched((script) => {
      if (script === undefined) return this.#memory.decide(batch, mode);
      const scripted = batch.map((request) => verdictOf(request, script(request)));
      const isRefused = mode === 'all' && scripted.some((verdict) => verdict?.allowed === false);
      const rest = batch.filter((_request, index) => scripted[index] === null);
      const asked = isRefused
        ? rest.map((request) => ({ ...request, cost: 0, leaseId: null }))
        : rest;
      const decided = this.#memory.decide(asked, mode).values();
      return scripted.flatMap((verdict) => verdict ?? decided.next().value ?? []);
    });
  }

  release(returns: readonly Grant[]): MaybePromise<void> {
    return this.#switched(() => {
      this.#memory.release(returns);
    });
  }

  renew(leases: readonly LeaseRef[]): MaybePromise<readonly boolean[]> {
    return this.#switched(() => this.#memory.renew(leases));
  }

  keepPlaces(places: WaitingPlaces, mostPlaces: number): MaybePromise<PlacesKept> {
    return this.#switched(() => this.#memory.keepPlaces(places, mostPlaces));
  }

  leavePlaces(places: PlacesRef): MaybePromise<void> {
    return this.#switched(() => {
      this.#memory.leavePlaces(places);
    });
  }

  reset(state: StateRef): MaybePromise<void> {
    return this.#switched(() => {
      this.#memory.reset(state);
    });
  }

  check(): MaybePromise<void> {
    return this.#switched(() => undefined);
  }

  describe(): StoreDescription {
    return { ...this.#memory.describe(), strategy: 'test' };
  }

  close(): void {
    this.#memory.close();
  }

  #switched<T>(answer: (script: DecisionScript | undefined) => T): MaybePromise<T> {
    const behaviour = this.#behaviour();
    switch (behaviour.kind) {
      case 'enforce':
        return answer(undefined);
      case 'script':
        return answer(behaviour.script);
      case 'fail':
        return Promise.reject(
          new StoreUnavailableError({ storeId: this.id, kind: behaviour.failure }),
        );
      case 'hang':
        return new Promise<never>(() => undefined);
    }
  }
}

/** What a script said as a verdict; null when it left the request to the limits. */
function verdictOf(request: StoreRequest, said: ScriptedDecision): Verdict | null {
  if (said === undefined) return null;
  if (said === 'allow') return allowed(request);
  if (said === 'deny') return denied(request);
  return { ...(said.allowed === false ? denied(request) : allowed(request)), ...said };
}

function allowed({ policy }: StoreRequest): Verdict {
  const limit = capacityOf(policy);
  return {
    allowed: true,
    denial: null,
    limit,
    remaining: limit,
    retryAfterMs: 0,
    resetAfterMs: 0,
    moreAfterMs: 0,
    waitMs: 0,
    reservation: 0,
  };
}

function denied(request: StoreRequest): Verdict {
  return {
    ...allowed(request),
    allowed: false,
    denial: 'rate',
    remaining: 0,
    retryAfterMs: 1_000,
    resetAfterMs: 1_000,
    moreAfterMs: 1_000,
  };
}
