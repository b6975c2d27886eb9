import type { DynamicModule, Provider } from '@nestjs/common';
import type { Clock } from '../core/clock.js';
import type { RateSyncModuleExtras, RateSyncModuleOptions } from '../nest/module/options.js';
import { RateSyncCoreModule } from '../nest/module/rate-sync.core-module.js';
import { referTo } from '../nest/module/rate-sync.module.js';
import { RATE_SYNC_CLOCK, RATE_SYNC_OPEN_STORE } from '../nest/tokens.js';
import { TestStore, type DecisionScript } from './test-store.js';

/** Options of `RateSyncTestingModule`: those of `RateSyncModule`, and the time. */
export interface RateSyncTestingOptions extends RateSyncModuleOptions, RateSyncModuleExtras {
  /** For tests that move time: a `FakeClock`. */
  readonly clock?: Clock | undefined;
}

/**
 * `RateSyncModule` for tests of modules that import it: the same limiters and guard, over a store
 * that the test commands. For an application's own module use `overrideRateSync`.
 */
export class RateSyncTestingModule {
  /** Nothing is ever refused: for suites that test something else. */
  static unlimited(options?: RateSyncTestingOptions): DynamicModule {
    return RateSyncTestingModule.withStore(new TestStore().unlimited(), options);
  }

  /** Every decision comes from a function. */
  static scripted(script: DecisionScript, options?: RateSyncTestingOptions): DynamicModule {
    return RateSyncTestingModule.withStore(new TestStore().script(script), options);
  }

  /** Decisions come from a store that the test commands. */
  static withStore(store: TestStore, options: RateSyncTestingOptions = {}): DynamicModule {
    const { clock, ...moduleOptions } = options;
    const core = RateSyncCoreModule.forRoot(moduleOptions);
    const replaced: Provider[] = [
      { provide: RATE_SYNC_OPEN_STORE, useValue: store.openStore },
      ...(clock === undefined ? [] : [{ provide: RATE_SYNC_CLOCK, useValue: clock }]),
    ];
    return referTo({ ...core, providers: [...(core.providers ?? []), ...replaced] }, options);
  }
}

/** The part of `TestingModuleBuilder` that is needed, whatever version it has. */
export interface OverridableModule {
  overrideProvider(token: unknown): { useValue(value: unknown): unknown };
}

/** What takes the place of stores and time. */
export interface RateSyncOverrides {
  readonly store?: TestStore | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Puts a test's store and clock under the real `RateSyncModule` of an application:
 * `overrideRateSync(Test.createTestingModule({ imports: [AppModule] }), { store }).compile()`.
 */
export function overrideRateSync<Builder extends OverridableModule>(
  builder: Builder,
  { store, clock }: RateSyncOverrides,
): Builder {
  if (store !== undefined) {
    builder.overrideProvider(RATE_SYNC_OPEN_STORE).useValue(store.openStore);
  }
  if (clock !== undefined) builder.overrideProvider(RATE_SYNC_CLOCK).useValue(clock);
  return builder;
}
