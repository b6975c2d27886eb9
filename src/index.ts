export * from './core/decision.js';
export * from './core/policy.js';
