import {
  StoreUnavailableError,
  type BatchMode,
  type Grant,
  type LeaseRef,
  type MaybePromise,
  type StateRef,
  type Store,
  type StoreDescription,
  type StoreRequest,
  type Verdict,
} from '@rate-sync/nestjs';
import type { OpenStore } from '../../../src/runtime/open-store.js';
import { MemoryStore } from '../../../src/stores/memory/memory-store.js';

type Verdicts = MaybePromise<readonly Verdict[]>;

/** What a store does when it is asked for a batch; `decide` counts it as it should. */
export type Behaviour = (
  decide: () => readonly Verdict[],
  batch: readonly StoreRequest[],
) => Verdicts;

/** Answers as it should, at once. */
export const answers: Behaviour = (decide) => decide();

/** Cannot be reached. */
export const rejects: Behaviour = () =>
  Promise.reject(
    new StoreUnavailableError({ storeId: 'main', kind: 'connection', failureCode: 'ECONNREFUSED' }),
  );

/** Fails with an error that is not ours, and that holds a secret as errors of clients do. */
export const rejectsWithSecret: Behaviour = () =>
  Promise.reject(new TypeError(`AUTH default ${CANARY} failed`));

/** Never answers. */
export const hangs: Behaviour = () => new Promise<never>(() => undefined);

/** Fails before it returns. */
export const throws: Behaviour = () => {
  throw new RangeError('the store threw');
};

/** Lets everything pass but the last request, which is left without a verdict. */
export const answersTooFew: Behaviour = (_decide, batch) => batch.slice(1).map(() => PASSED);

const PASSED: Verdict = {
  allowed: true,
  denial: null,
  limit: 9,
  remaining: 9,
  retryAfterMs: 0,
  resetAfterMs: 0,
  moreAfterMs: 0,
  waitMs: 0,
  reservation: 0,
};

/** What must not appear in any answer, log or event. */
export const CANARY = 'c4nary-s3cret';

/** A behaviour that answers when it is told to. */
export interface Gate {
  readonly behaviour: Behaviour;
  /** Resolves when the store has been asked. */
  readonly asked: Promise<void>;
  open(): void;
}

/** A store that is slow: it counts at once and answers when the gate is opened. */
export function gate(): Gate {
  const opened = deferred();
  const asked = deferred();
  return {
    behaviour: async (decide) => {
      const verdicts = decide();
      asked.resolve();
      await opened.promise;
      return verdicts;
    },
    asked: asked.promise,
    open: opened.resolve,
  };
}

/** A promise that the test settles. */
export function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/**
 * A store that behaves as the test commands. While it answers at all it counts exactly, and it
 * keeps account of the slots that it gave and got back.
 */
export class CommandedStore implements Store {
  readonly id: string;
  behaviour: Behaviour = answers;
  checking: () => MaybePromise<void> = () => undefined;
  isClosed = false;
  /** How many batches were asked. */
  batches = 0;
  readonly taken: string[] = [];
  readonly returned: string[] = [];
  readonly #memory: MemoryStore;

  constructor(id: string, memory: MemoryStore) {
    this.id = id;
    this.#memory = memory;
  }

  decide(batch: readonly StoreRequest[], mode: BatchMode): Verdicts {
    this.batches += 1;
    return this.behaviour(() => this.#count(batch, mode), batch);
  }

  release(returns: readonly Grant[]): void {
    for (const { leaseId } of returns) if (leaseId !== null) this.returned.push(leaseId);
    this.#memory.release(returns);
  }

  renew(leases: readonly LeaseRef[]): readonly boolean[] {
    return this.#memory.renew(leases);
  }

  reset(state: StateRef): void {
    this.#memory.reset(state);
  }

  check(): MaybePromise<void> {
    return this.checking();
  }

  describe(): StoreDescription {
    return { id: this.id, strategy: 'test', topology: null, address: null };
  }

  close(): void {
    this.isClosed = true;
    this.#memory.close();
  }

  #count(batch: readonly StoreRequest[], mode: BatchMode): readonly Verdict[] {
    const verdicts = this.#memory.decide(batch, mode);
    if (mode === 'all' && !verdicts.every((verdict) => verdict.allowed)) return verdicts;
    for (const [index, { leaseId }] of batch.entries()) {
      if (leaseId !== null && verdicts[index]?.allowed === true) this.taken.push(leaseId);
    }
    return verdicts;
  }
}

/** Stores by their id, and the function that opens them. */
export interface CommandedStores {
  readonly openStore: OpenStore;
  /** The store with this id; `main` when there is only one. */
  store(id?: string): CommandedStore;
}

/** Makes an application's stores commandable. */
export function commandedStores(prepare?: (store: CommandedStore) => void): CommandedStores {
  const stores = new Map<string, CommandedStore>();
  return {
    openStore: ({ id }, { clock, onOverflow }) => {
      const store = new CommandedStore(id, new MemoryStore({ id, clock, onOverflow }));
      prepare?.(store);
      stores.set(id, store);
      return store;
    },
    store: (id = 'main') => {
      const store = stores.get(id);
      if (store === undefined) throw new Error(`no store "${id}" was opened yet`);
      return store;
    },
  };
}
