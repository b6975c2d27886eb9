import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with `N passed, N failed` on a line of its own. A skipped test counts as failed. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      if (tests.length === 0 || module.errors().length > 0) failed += 1;
      for (const test of tests) {
        if (test.result().state === 'passed') passed += 1;
        else failed += 1;
      }
    }
    if (failed > 0) process.exitCode = 1;
    process.stdout.write(`\n${String(passed)} passed, ${String(failed)} failed\n`);
  }
}
