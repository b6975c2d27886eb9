export type { Clock, TimerKind } from './core/clock.js';
export type { CompositeDecision, Decision, DecisionReason } from './core/decision.js';
export {
  AcquireTimeoutError,
  ClosedError,
  ConfigurationError,
  CostExceedsLimitError,
  InvalidCostError,
  InvalidIdentifierError,
  InvalidUsageError,
  isAcquireTimeoutError,
  isClosedError,
  isConfigurationError,
  isCostExceedsLimitError,
  isInvalidCostError,
  isInvalidIdentifierError,
  isInvalidUsageError,
  isLeaseEndedError,
  isLeaseRequiredError,
  isLimiterNotFoundError,
  isRateSyncError,
  isStoreUnavailableError,
  LeaseEndedError,
  LeaseRequiredError,
  LimiterNotFoundError,
  RateSyncError,
  StoreUnavailableError,
  UnknownLimitersError,
} from './core/errors/index.js';
export type {
  ConfigProblem,
  LimiterUse,
  RateSyncErrorCode,
  StoreFailure,
  StoreFailureKind,
} from './core/errors/index.js';
export type {
  CircuitEvent,
  DecisionEvent,
  DecisionFailure,
  DecisionObserver,
  DegradedEvent,
  OverflowEvent,
} from './core/events.js';
export { combineIdentifiers, hashIdentifier } from './identifiers/identifier.js';
export type { HashIdentifierOptions } from './identifiers/identifier.js';
export type { IdentifierSourceText, NamedSource } from './identifiers/identifier-source.js';
export type { MaybePromise } from './core/maybe-promise.js';
export type {
  ConcurrencyLimit,
  ConcurrencyPolicy,
  FailureMode,
  LimiterPolicy,
  RatePolicy,
  SlidingWindowPolicy,
  TokenBucketPolicy,
} from './core/policy.js';
export type {
  BatchMode,
  Grant,
  LeaseRef,
  StateRef,
  Store,
  StoreDescription,
  StoreRequest,
  Verdict,
} from './core/store.js';
export type {
  CircuitState,
  NodeFailure,
  NodeStatus,
  StoreStatus,
  StoreUsage,
} from './core/store-status.js';
export type {
  CircuitBreakerConfig,
  HttpConfig,
  LimiterConfig,
  LoggingConfig,
  RateSyncConfig,
  StoreConfig,
} from './config/index.js';
export type { ConsumeAllOptions, LimitRequest } from './limiter/composite.js';
export type { AcquireOptions, CostOptions, Lease, Limiter } from './limiter/limiter.js';
export { LimiterPipeline } from './limiter/pipeline.js';
export type { LimiterDescription } from './runtime/limiter-description.js';
export type { StoreReport } from './runtime/store-health.js';
export { canonicalIp } from './identifiers/canonical-ip.js';
export { identifierFrom } from './identifiers/hashed-value.js';
export { InjectLimiter } from './nest/decorators/inject-limiter.decorator.js';
export type {
  RateLimitGuardClass,
  RateSyncModuleExtras,
  RateSyncModuleOptions,
  RateSyncOptionsFactory,
} from './nest/module/options.js';
export { RateLimitDecision } from './nest/decorators/rate-limit-decision.decorator.js';
export { RateLimit, SkipRateLimit } from './nest/decorators/rate-limit.decorator.js';
export type { ClassOrMethodDecorator } from './nest/decorators/rate-limit.decorator.js';
export {
  isRateLimitExceeded,
  isRateLimitUnavailable,
  RateLimitExceededException,
  RateLimitUnavailableException,
} from './nest/transports/http/rate-limit.exceptions.js';
export type { DenialBody } from './nest/transports/http/rate-limit.exceptions.js';
export { RateLimitSignal } from './nest/decorators/rate-limit-signal.decorator.js';
export type {
  RateLimitedRequest,
  RequestDecision,
} from './nest/transports/http/request-decision.js';
export { RateLimitGuard } from './nest/guard/rate-limit.guard.js';
export { RateLimited } from './nest/decorators/rate-limited.decorator.js';
export type { RateLimitedOptions } from './nest/decorators/rate-limited.decorator.js';
export { RateSyncModule } from './nest/module/rate-sync.module.js';
export { RateSyncService } from './nest/module/rate-sync.service.js';
export type {
  FromContext,
  IdentifierSource,
  RateLimitContext,
  RateLimitRule,
  RateLimitRuleInput,
} from './nest/decorators/rules.js';
export { getLimiterToken, RATE_SYNC_OPTIONS, RATE_SYNC_SERVICE } from './nest/tokens.js';
