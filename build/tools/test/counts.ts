import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** What a runner found. Nothing may be skipped here: what did not run has failed. */
export type Counts = {
  readonly passed: number;
  readonly failed: number;
  /** What failed, a line each with the first words of why, where the runner tells. */
  readonly failures?: readonly string[];
};

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
  return fine || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

type VitestReport = {
  numPassedTests: number;
  numTotalTests: number;
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[];
  }[];
};

/** Vitest's JSON report; a file that failed outside of its tests counts as one failure. */
export function readVitest(report: unknown): Counts {
  const { numPassedTests, numTotalTests, testResults } = report as VitestReport;
  const failures: string[] = [];
  let brokenFiles = 0;
  for (const { name, status, message, assertionResults } of testResults) {
    const failed = assertionResults.filter((test) => test.status !== 'passed');
    for (const test of failed) {
      const why = test.failureMessages?.[0] ?? test.status;
      failures.push(failureLine(`${basename(name)} › ${test.fullName}`, why));
    }
    if (status !== 'failed' || assertionResults.some((test) => test.status === 'failed')) continue;
    brokenFiles += 1;
    failures.push(failureLine(basename(name), message ?? ''));
  }
  return withFailures(numPassedTests, numTotalTests - numPassedTests + brokenFiles, failures);
}

type PlaywrightSuite = {
  suites?: PlaywrightSuite[];
  specs?: {
    title: string;
    file: string;
    ok: boolean;
    tests: { results: { error?: { message?: string } }[] }[];
  }[];
};
type PlaywrightReport = {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  errors: { message?: string }[];
  suites?: PlaywrightSuite[];
};

/** Playwright's JSON report; what passes only at a second try has failed. */
export function readPlaywright(report: unknown): Counts {
  const { stats, errors, suites = [] } = report as PlaywrightReport;
  const failed = stats.unexpected + stats.flaky + stats.skipped + errors.length;
  const failures = errors.map(({ message }) => failureLine('journeys', message ?? ''));
  const gather = ({ suites: inner = [], specs = [] }: PlaywrightSuite): void => {
    for (const { title, file, ok, tests } of specs) {
      const error = tests.flatMap(({ results }) => results).find((result) => result.error)?.error;
      if (!ok || error) failures.push(failureLine(`${file} › ${title}`, error?.message ?? ''));
    }
    inner.forEach(gather);
  };
  suites.forEach(gather);
  return withFailures(stats.expected, failed, failures);
}

function withFailures(passed: number, failed: number, failures: string[]): Counts {
  return failures.length === 0 ? { passed, failed } : { passed, failed, failures };
}

const longestReason = 300;

/** The reason's first lines in one, without the colours of a terminal. */
function failureLine(name: string, reason: string): string {
  const plain = stripVTControlCharacters(reason).replaceAll(/\s+/gu, ' ').trim();
  return plain === '' ? name : `${name}: ${plain.slice(0, longestReason)}`;
}
