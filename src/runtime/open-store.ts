import type { StoreSettings } from '../config/index.js';
import type { Clock } from '../core/clock.js';
import type { CircuitEvent, OverflowEvent } from '../core/events.js';
import type { Grant, Store } from '../core/store.js';
import { MemoryStore } from '../stores/memory/memory-store.js';
import { RedisStore } from '../stores/redis/redis-store.js';

/** The services for a store, beside its settings. */
export interface StoreContext {
  readonly clock: Clock;
  readonly onOverflow: (event: OverflowEvent) => void;
  readonly onCircuit: (event: CircuitEvent) => void;
  /** Called with grants whose slots could not be released; they are retried. */
  readonly onUnreleased?: (grants: readonly Grant[]) => void;
}

/** Opens the store of a configuration. It may begin to connect. */
export type OpenStore = (settings: StoreSettings, context: StoreContext) => Store;

/** The stores of this package, by `strategy`. */
export const openStore: OpenStore = (settings, context) => {
  switch (settings.strategy) {
    case 'memory':
      return new MemoryStore({ ...context, id: settings.id, maxKeys: settings.maxKeys });
    case 'redis':
      return new RedisStore(settings, context);
  }
};
