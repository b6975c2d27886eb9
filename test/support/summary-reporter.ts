import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with `N passed, N failed` on a line of its own.
 *
 * Whatever did not pass counts as failed: a skipped test, a file that does not load, a hook that
 * throws, an error that nobody handled, and a run without a single test.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      const suites = [module, ...module.children.allSuites()];
      const passedTests = tests.filter((test) => test.result().state === 'passed').length;
      const brokenSuites = suites.filter((suite) => suite.errors().length > 0).length;
      passed += passedTests;
      failed += tests.length - passedTests + brokenSuites;
    }
    if (passed + failed === 0) failed = 1;
    if (failed > 0) process.exitCode = 1;
    process.stdout.write(`\n${String(passed)} passed, ${String(failed)} failed\n`);
  }
}
