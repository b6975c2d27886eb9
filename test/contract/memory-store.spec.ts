import { describe, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory/memory-store.js';
import { describeStoreContract, FakeClock } from '../../src/testing/index.js';

describeStoreContract('MemoryStore', { describe, it }, () => {
  const clock = new FakeClock(1_000_000);
  const store = new MemoryStore({ id: 'memory', clock });
  return {
    store,
    advance: (byMs) => {
      clock.advance(byMs);
    },
    close: () => {
      store.close();
    },
  };
});
