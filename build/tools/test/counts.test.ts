import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { countCheck, countReport, readPlaywright, readVitest } from './counts.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-counts-'));
afterAll(() => rmSync(folder, { recursive: true }));

let written = 0;

function report(content: unknown): string {
  written += 1;
  const path = join(folder, `report-${written}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function vitest(passed: number, total: number, files: object[] = []): object {
  return { numPassedTests: passed, numTotalTests: total, testResults: files };
}

const playwright = { stats: { expected: 3, unexpected: 0, flaky: 0, skipped: 0 }, errors: [] };

test('a check counts as one', () => {
  expect(countCheck(0)).toEqual({ passed: 1, failed: 0 });
  expect(countCheck(2)).toEqual({ passed: 0, failed: 1 });
  expect(countCheck(null)).toEqual({ passed: 0, failed: 1 });
});

test('passed tests are counted', () => {
  expect(countReport(report(vitest(5, 5)), 0, readVitest)).toEqual({ passed: 5, failed: 0 });
  expect(countReport(report(playwright), 0, readPlaywright)).toEqual({ passed: 3, failed: 0 });
});

test('failed and skipped tests count as failed', () => {
  expect(countReport(report(vitest(3, 5)), 1, readVitest)).toEqual({ passed: 3, failed: 2 });
  const stats = { expected: 3, unexpected: 1, flaky: 1, skipped: 1 };
  expect(countReport(report({ ...playwright, stats }), 1, readPlaywright)).toEqual({
    passed: 3,
    failed: 3,
  });
});

test('a test file that does not load is a failure', () => {
  const files = [{ name: '/a/b.test.ts', status: 'failed', message: 'no b', assertionResults: [] }];
  expect(countReport(report(vitest(3, 3, files)), 1, readVitest)).toEqual({
    passed: 3,
    failed: 1,
    failures: ['b.test.ts: no b'],
  });
});

test('what failed is told in a line, with the first words of why', () => {
  const test = { status: 'failed', fullName: 'b is c' };
  const failureMessages = [`\u001B[31mexpected b\u001B[39m\n  to be c${' and c'.repeat(200)}`];
  const assertionResults = [
    { ...test, failureMessages },
    { ...test, status: 'passed' },
  ];
  const files = [{ name: '/a/b.test.ts', status: 'failed', assertionResults }];
  const [line = ''] = readVitest(vitest(1, 2, files)).failures ?? [];
  expect(line).toMatch(/^b\.test\.ts › b is c: expected b to be c and c/u);
  expect(line.length).toBeLessThan(400);

  const spec = { title: 'they talk', file: 'two.spec.ts', ok: false };
  const tests = [{ results: [{ error: { message: 'Timed out' } }] }];
  const suites = [{ suites: [{ specs: [{ ...spec, tests }] }] }];
  const stats = { ...playwright.stats, unexpected: 1 };
  expect(readPlaywright({ ...playwright, stats, suites }).failures).toEqual([
    'two.spec.ts › they talk: Timed out',
  ]);
});

test.each([
  ['no report', join(folder, 'missing.json'), 0],
  ['half a report', report('{"numPa'), 0],
])('%s is a failure', (_, path, code) => {
  expect(countReport(path, code, readVitest)).toEqual({ passed: 0, failed: 1 });
});

test('an exit code that tells of a failure is believed', () => {
  expect(countReport(report(vitest(5, 5)), 1, readVitest)).toEqual({ passed: 5, failed: 1 });
  expect(countReport(report(vitest(5, 5)), null, readVitest)).toEqual({ passed: 5, failed: 1 });
});

test('a run of no tests is a failure', () => {
  expect(countReport(report(vitest(0, 0)), 0, readVitest)).toEqual({ passed: 0, failed: 1 });
});
