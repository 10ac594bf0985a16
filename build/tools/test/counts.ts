import { readFileSync } from 'node:fs';

/** What a runner found. Nothing may be skipped here: what did not run has failed. */
export type Counts = { readonly passed: number; readonly failed: number };

/** A check without parts: it holds or it does not. */
export function countCheck(exitCode: number | null): Counts {
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * The counts of a runner's report, held against its exit code: a runner that failed without a
 * failed test (a crash, an error outside of any test) counts as one failure, and so does one that
 * left no readable report or ran nothing.
 */
export function countReport(
  path: string,
  exitCode: number | null,
  read: (report: unknown) => Counts,
): Counts {
  let counts: Counts;
  try {
    counts = read(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // No report, or half of one: the runner died, and its own output says how.
    return { passed: 0, failed: 1 };
  }
  const fine = exitCode === 0 && counts.passed > 0;
  return fine || counts.failed > 0 ? counts : { passed: counts.passed, failed: 1 };
}

type VitestReport = {
  numPassedTests: number;
  numTotalTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
};

/** Vitest's JSON report; a file that failed outside of its tests counts as one failure. */
export function readVitest(report: unknown): Counts {
  const { numPassedTests, numTotalTests, testResults } = report as VitestReport;
  const brokenFiles = testResults.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return { passed: numPassedTests, failed: numTotalTests - numPassedTests + brokenFiles.length };
}

type PlaywrightReport = {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  errors: unknown[];
};

/** Playwright's JSON report; what passes only at a second try has failed. */
export function readPlaywright(report: unknown): Counts {
  const { stats, errors } = report as PlaywrightReport;
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + stats.skipped + errors.length,
  };
}
