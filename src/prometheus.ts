export { RateSyncPrometheusModule } from './nest/prometheus/rate-sync-prometheus.module.js';
export type { RateSyncPrometheusOptions } from './nest/prometheus/rate-sync-prometheus.module.js';
