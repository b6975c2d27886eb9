import type { DynamicModule, Provider } from '@nestjs/common';
import type { Clock } from '../core/clock.js';
import type { RateSyncModuleExtras, RateSyncModuleOptions } from '../nest/module/options.js';
import { RateSyncCoreModule } from '../nest/module/rate-sync.core-module.js';
import { referTo } from '../nest/module/rate-sync.module.js';
import { RATE_SYNC_CLOCK, RATE_SYNC_OPEN_STORE } from '../nest/tokens.js';
import { TestStore, type DecisionScript } from './test-store.js';

/** Options of `RateSyncTestingModule`: those of `RateSyncModule`, and the clock. */
export interface RateSyncTestingOptions extends RateSyncModuleOptions, RateSyncModuleExtras {
  /** A `FakeClock` for tests that advance time. */
  readonly clock?: Clock | undefined;
}

/**
 * `RateSyncModule` for tests of modules that import it: the same limiters and guard, over a store
 * that the test controls. For the module of an application use `overrideRateSync`.
 */
export class RateSyncTestingModule {
  /** Allows every request: for suites that test something else. */
  static unlimited(options?: RateSyncTestingOptions): DynamicModule {
    return RateSyncTestingModule.withStore(new TestStore().unlimited(), options);
  }

  /** Decides by a function. */
  static scripted(script: DecisionScript, options?: RateSyncTestingOptions): DynamicModule {
    return RateSyncTestingModule.withStore(new TestStore().script(script), options);
  }

  /** Decides by a store that the test controls. */
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

/** The required part of `TestingModuleBuilder`, of any version. */
export interface OverridableModule {
  overrideProvider(token: unknown): { useValue(value: unknown): unknown };
}

/** Replacements for the stores and the clock. */
export interface RateSyncOverrides {
  readonly store?: TestStore | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Replaces the stores and the clock of the real `RateSyncModule` of an application:
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
