import type { CircuitBreakerRule } from '../../resilience/circuit-breaker.js';
import type { StoreSettings } from '../settings.js';
import { toMs } from '../table/fields.js';
import type { ConfigPath } from '../table/problem-list.js';
import type { RawTable } from '../table/raw-table.js';
import { expectTable, readTable } from '../table/read-table.js';
import type { ReadingContext } from '../table/reading-context.js';
import { readProvidedClient } from './provided-client.js';
import { readRedisStore } from './read-redis-store.js';
import { circuitBreakerTable, storeSchema, storeTable, type StoreReading } from './store-schema.js';

type Strategy = StoreSettings['strategy'];
type StoreKey = keyof StoreReading['values'];

/** Stores of the Python project that this package does not have. */
const UNSUPPORTED_STRATEGIES: ReadonlySet<string> = new Set(['postgres', 'nats']);
const ADDRESS_KEYS = ['url', 'urls', 'sentinels'] as const;
const MEMORY_KEYS: readonly StoreKey[] = ['max_keys'];
const SHARED_KEYS: readonly StoreKey[] = ['strategy'];

/** Reads `[stores.NAME]`; null, with a problem noted, when its strategy is unknown. */
export function readStore(
  id: string,
  table: RawTable,
  path: ConfigPath,
  context: ReadingContext,
): StoreSettings | null {
  if (hasUnsupportedStrategy(table, path, context)) return null;
  const providedClient = readProvidedClient(table, path, context);
  const spec = providedClient === null ? storeTable : withClientKey;
  const reading = readTable(table, spec, path, context);
  const breakerKey = context.syntax.spell('circuit_breaker');
  const circuitBreaker = readCircuitBreaker(table[breakerKey], [...path, breakerKey], context);
  const strategy = decideStrategy(reading, providedClient !== null, context);
  if (strategy === null) return null;
  if (reading.has('strategy')) {
    reportMisplacedKeys(reading, strategy);
    if (strategy === 'memory' && table[breakerKey] !== undefined) {
      context.problems.add([...path, breakerKey], describeMisplaced('redis', strategy));
    }
  }
  return strategy === 'memory'
    ? { id, strategy, maxKeys: reading.values.max_keys }
    : readRedisStore(id, reading, { circuitBreaker, providedClient }, context);
}

/** Notes a strategy of the Python project that does not exist here; its other keys are not read. */
function hasUnsupportedStrategy(
  table: RawTable,
  path: ConfigPath,
  { syntax, problems }: ReadingContext,
): boolean {
  for (const key of ['strategy', 'engine']) {
    const spelling = syntax.spell(key);
    const value = table[spelling];
    if (typeof value !== 'string' || !UNSUPPORTED_STRATEGIES.has(value)) continue;
    const choices = `${syntax.assign(key, 'redis')} or ${syntax.assign(key, 'memory')}`;
    problems.add([...path, spelling], `"${value}" is not supported. Write ${choices}.`);
    return true;
  }
  return false;
}

/** The specification of a store with a client, a key that only an object can have. */
const withClientKey = { ...storeTable, subtables: [...storeTable.subtables, 'client'] };

/** Redis when an address has a value; memory when there is an address, but its variable is empty. */
function decideStrategy(
  reading: StoreReading,
  hasClient: boolean,
  { syntax }: ReadingContext,
): Strategy | null {
  if (reading.isInvalid('strategy')) return null;
  if (reading.values.strategy !== undefined) return reading.values.strategy;
  if (hasClient || ADDRESS_KEYS.some((key) => reading.has(key))) return 'redis';
  if (ADDRESS_KEYS.some((key) => reading.mentions(key))) return 'memory';
  const choices = `${syntax.assign('strategy', 'memory')} or ${syntax.assign('strategy', 'redis')}`;
  reading.report('strategy', `missing; write ${choices}.`);
  return null;
}

function reportMisplacedKeys(reading: StoreReading, strategy: Strategy): void {
  for (const key of storeSchema.keyof().options) {
    if (SHARED_KEYS.includes(key) || !reading.has(key)) continue;
    const family = MEMORY_KEYS.includes(key) ? 'memory' : 'redis';
    if (family !== strategy) reading.report(key, describeMisplaced(family, strategy));
  }
}

function describeMisplaced(family: Strategy, strategy: Strategy): string {
  return `belongs to a ${family} store, but this is a ${strategy} store.`;
}

function readCircuitBreaker(
  raw: unknown,
  path: ConfigPath,
  context: ReadingContext,
): CircuitBreakerRule {
  const table = raw === undefined ? {} : (expectTable(raw, path, context) ?? {});
  const { values } = readTable(table, circuitBreakerTable, path, context);
  return { failureThreshold: values.failure_threshold, openMs: toMs(values.timeout) };
}
