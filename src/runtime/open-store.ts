import type { StoreSettings } from '../config/index.js';
import type { Clock } from '../core/clock.js';
import { RateSyncError } from '../core/errors.js';
import type { OverflowEvent } from '../core/events.js';
import type { Store } from '../core/store.js';
import { MemoryStore } from '../stores/memory/memory-store.js';

/** What a store is opened with, beside its settings. */
export interface StoreContext {
  readonly clock: Clock;
  readonly onOverflow: (event: OverflowEvent) => void;
}

/** Makes the store that a configuration asks for. Opens no connection yet. */
export type OpenStore = (settings: StoreSettings, context: StoreContext) => Store;

/** The stores of this package, by `strategy`. */
export const openStore: OpenStore = (settings, { clock, onOverflow }) => {
  switch (settings.strategy) {
    case 'memory':
      return new MemoryStore({ id: settings.id, maxKeys: settings.maxKeys, clock, onOverflow });
    case 'redis':
      throw new RateSyncError(
        'RATE_SYNC_STORE_NOT_BUILT',
        `store "${settings.id}" has strategy "redis", which this version does not have yet. ` +
          'Use strategy = "memory" (for one process) until the Redis store is released.',
      );
  }
};
