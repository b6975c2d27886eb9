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

/** The decision of a script about one request; undefined leaves it to the limits. */
export type ScriptedDecision = 'allow' | 'deny' | Partial<Verdict> | undefined;

/** Decides one request at a time, in place of the limits. */
export type DecisionScript = (request: StoreRequest) => ScriptedDecision;

type Behaviour =
  | { readonly kind: 'enforce' }
  | { readonly kind: 'script'; readonly script: DecisionScript }
  | { readonly kind: 'fail'; readonly failure: StoreFailureKind }
  | { readonly kind: 'hang' };

/**
 * Replaces the stores of an application under test. Its behaviour is set by the test: enforce the
 * limits in memory (the default), allow every request, follow a script, fail, or not respond.
 *
 * A change applies from the next call on. Pass it to `RateSyncTestingModule.withStore` or
 * `overrideRateSync`.
 */
export class TestStore {
  #behaviour: Behaviour = { kind: 'enforce' };
  #stores: MemoryStore[] = [];

  /** Enforces the configured limits in memory. Ends `fail` and `hang`. */
  enforce(): this {
    return this.#behave({ kind: 'enforce' });
  }

  /** Allows every request. */
  unlimited(): this {
    return this.script(() => 'allow');
  }

  /** Decides by a function; requests for which it returns undefined are decided by the limits. */
  script(script: DecisionScript): this {
    return this.#behave({ kind: 'script', script });
  }

  /** Rejects every call, like an unreachable store. */
  fail(failure: StoreFailureKind = 'connection'): this {
    return this.#behave({ kind: 'fail', failure });
  }

  /** Never responds. */
  hang(): this {
    return this.#behave({ kind: 'hang' });
  }

  /** Deletes all counts. */
  clear(): this {
    for (const store of this.#stores) store.clear();
    return this;
  }

  /** Opens stores with the behaviour of this one; the value for `RATE_SYNC_OPEN_STORE`. */
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
      const isDenied = mode === 'all' && scripted.some((verdict) => verdict?.allowed === false);
      const rest = batch.filter((_request, index) => scripted[index] === null);
      const requests = isDenied
        ? rest.map((request) => ({ ...request, cost: 0, leaseId: null }))
        : rest;
      const decided = this.#memory.decide(requests, mode).values();
      return scripted.flatMap((verdict) => verdict ?? decided.next().value ?? []);
    });
  }

  release(grants: readonly Grant[]): MaybePromise<void> {
    return this.#switched(() => {
      this.#memory.release(grants);
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

  #switched<T>(call: (script: DecisionScript | undefined) => T): MaybePromise<T> {
    const behaviour = this.#behaviour();
    switch (behaviour.kind) {
      case 'enforce':
        return call(undefined);
      case 'script':
        return call(behaviour.script);
      case 'fail':
        return Promise.reject(
          new StoreUnavailableError({ storeId: this.id, kind: behaviour.failure }),
        );
      case 'hang':
        return new Promise<never>(() => undefined);
    }
  }
}

/** The verdict of a scripted decision; null when it leaves the request to the limits. */
function verdictOf(request: StoreRequest, scripted: ScriptedDecision): Verdict | null {
  if (scripted === undefined) return null;
  if (scripted === 'allow') return allowed(request);
  if (scripted === 'deny') return denied(request);
  return { ...(scripted.allowed === false ? denied(request) : allowed(request)), ...scripted };
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
