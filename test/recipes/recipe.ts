import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { onTestFinished, vi } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { serve, type AppUnderTest, type Served } from '../support/http/serve.js';

/** The configuration file of a recipe. */
export const configFileOf = (recipe: string): string =>
  join(import.meta.dirname, recipe, 'rate-sync.toml');

/** Makes the recipe's file the one that `RateSyncModule.forRoot()` finds, until the test is over. */
export function useConfigFileOf(recipe: string): void {
  vi.stubEnv('RATE_SYNC_CONFIG', configFileOf(recipe));
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

/** Starts the application of a recipe as its page shows it, on Express. */
export function serveRecipe(
  recipe: string,
  module: Type,
  more: AppUnderTest = {},
): Promise<Served> {
  useConfigFileOf(recipe);
  const [express] = ADAPTERS;
  if (express === undefined) throw new Error('no adapter');
  return serve(express, { imports: [module], ...more });
}

/** A file of a recipe, or a page of the documentation, by its path in the repository. */
export const textOf = (path: string): string =>
  readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
