/* The applications of the HTTP benchmark: one GET route each, and what guards it. */
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { RateLimit, RateSyncModule } from '../dist/esm/index.js';
import { Redis } from 'ioredis';
import { ThrottlerRedisStorage } from './throttler-storage.mjs';

export const NO_GUARD = 'no guard';
export const HEADER = 'x-user';

const MANY = 1_000_000;
const MINUTE_MS = 60_000;
const FOUR = ['first', 'second', 'third', 'fourth'];
const ONE = FOUR.slice(0, 1);
const BUCKET = { ratePerSecond: 1, burst: MANY };
const ONCE = { algorithm: 'sliding_window', limit: 1, windowSeconds: 10 * 60 };

/** Callers name themselves in a header, so that there can be many of them behind one address. */
export const variants = [
  { name: NO_GUARD, parts: () => ({ modules: [] }) },
  { name: 'a guard that does nothing', parts: () => ({ modules: [idleModule()] }) },
  allowed('ours, memory, 1 limit', () => ours(memory(), ONE)),
  allowed('ours, memory, 4 limits', () => ours(memory(), FOUR)),
  allowed('ours, Redis, 1 limit', (url) => ours(redis(url), ONE)),
  allowed('ours, Redis, 4 limits', (url) => ours(redis(url), FOUR)),
  allowed('@nestjs/throttler, memory, 1 limit', () => throttler(ONE)),
  allowed('@nestjs/throttler, memory, 4 limits', () => throttler(FOUR)),
  allowed('@nestjs/throttler, Redis, 1 limit', (url) => throttlerOnRedis(url, ONE)),
  allowed('@nestjs/throttler, Redis, 4 limits', (url) => throttlerOnRedis(url, FOUR)),
  denied('ours, Redis, denied', (url) => ours(redis(url), ONE, ONCE)),
  denied('ours, memory, denied', () => ours(memory(), ONE, ONCE)),
  denied('@nestjs/throttler, Redis, denied', (url) => throttlerOnRedis(url, ONE, 1)),
  denied('@nestjs/throttler, memory, denied', () => throttler(ONE, 1)),
];

function allowed(name, parts) {
  return { name, parts, needsStorage: needsStorage(name) };
}

/** Few callers, who do not stop. */
function denied(name, parts) {
  return { name, parts, needsStorage: needsStorage(name), isDenied: true };
}

function needsStorage(name) {
  return name.startsWith('@nestjs/throttler, Redis');
}

/** The module of a variant. */
export function moduleOf({ parts }, url) {
  class PageController {
    page() {
      return { page: 'hello' };
    }
  }
  const { modules, limits = [] } = parts(url);
  const route = Object.getOwnPropertyDescriptor(PageController.prototype, 'page');
  Controller()(PageController);
  Get('page')(PageController.prototype, 'page', route);
  if (limits.length > 0) RateLimit(...limits)(PageController.prototype, 'page', route);
  class AppModule {}
  Module({ imports: modules, controllers: [PageController] })(AppModule);
  return AppModule;
}

function ours(store, limits, settings = BUCKET) {
  const limiter = { ...settings, identifyBy: `header:${HEADER}` };
  const limiters = Object.fromEntries(limits.map((name) => [name, limiter]));
  const config = { stores: { main: store }, limiters };
  return { modules: [RateSyncModule.forRoot({ config })], limits };
}

function memory() {
  return { strategy: 'memory' };
}

function redis(url) {
  return { strategy: 'redis', url };
}

function throttler(names, limit = MANY, storage = undefined) {
  const module = ThrottlerModule.forRoot({
    throttlers: names.map((name) => ({ name, ttl: MINUTE_MS, limit })),
    getTracker: (request) => request.headers[HEADER],
    ...(storage === undefined ? {} : { storage }),
  });
  return { modules: [module, guardModule(ThrottlerGuard)] };
}

function throttlerOnRedis(url, names, limit) {
  return throttler(names, limit, new ThrottlerRedisStorage(new Redis(url)));
}

function idleModule() {
  class IdleGuard {
    canActivate() {
      return true;
    }
  }
  Injectable()(IdleGuard);
  return guardModule(IdleGuard);
}

function guardModule(guard) {
  class GuardModule {}
  Module({ providers: [{ provide: APP_GUARD, useClass: guard }] })(GuardModule);
  return GuardModule;
}
