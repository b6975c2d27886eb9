export type { ContractCase, ContractSubject } from './contract/harness.js';
export {
  describeStoreContract,
  storeContract,
  type TestFramework,
} from './contract/store-contract.js';
export { FakeClock } from './fake-clock.js';
export {
  overrideRateSync,
  RateSyncTestingModule,
  type OverridableModule,
  type RateSyncOverrides,
  type RateSyncTestingOptions,
} from './rate-sync-testing.module.js';
export { TestStore, type DecisionScript, type ScriptedDecision } from './test-store.js';
