import { defineConfig } from 'vitest/config';

const project = (name: string, include: string[], testTimeout: number) => ({
  extends: true as const,
  test: { name, include, testTimeout, hookTimeout: testTimeout },
});

export default defineConfig({
  test: {
    projects: [
      project(
        'unit',
        ['src/**/*.spec.ts', 'test/properties/**/*.spec.ts', 'test/contract/**/*.spec.ts'],
        20_000,
      ),
      project('architecture', ['test/architecture/**/*.spec.ts'], 20_000),
      project('e2e', ['test/e2e/**/*.spec.ts'], 30_000),
      project('package', ['test/package/*.spec.ts'], 300_000),
    ],
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
});
