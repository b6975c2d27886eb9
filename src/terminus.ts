export { RateSyncHealthIndicator } from './nest/terminus/rate-sync.health.js';
export type {
  RateSyncHealthDetails,
  StoreHealthDetails,
} from './nest/terminus/rate-sync.health.js';
