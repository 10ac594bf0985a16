import { expect, it } from 'vitest';
import { isMet, median, quantile, slopePerHour, tableOf } from './report.ts';

it('takes the middle, and what most lie below', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.95)).toBe(10);
});

it('finds what grows, also among ups and downs', () => {
  const samples = Array.from({ length: 60 }, (_, n) => [n / 60, 100 + n / 10 + (n % 2)] as const);
  expect(slopePerHour(samples)).toBeCloseTo(6, 0);
  expect(slopePerHour([[1, 5]])).toBe(0);
  const once = Array.from({ length: 40 }, (_, n) => [n / 60, n === 38 ? 7 : 6] as const);
  expect(slopePerHour(once)).toBe(0);
});

it('holds a figure to its goal: a multiple of the blank window, or a bound', () => {
  const line = { what: 'memory', unit: 'MiB', parley: 270, blank: 150, goal: 1.8 };
  expect(isMet(line)).toBe(true);
  expect(isMet({ ...line, parley: 271 })).toBe(false);
  expect(isMet({ ...line, blank: null, goal: 269 })).toBe(false);
  expect(isMet({ ...line, goal: null })).toBeNull();
  expect(tableOf([line])).toContain('| memory | 270 MiB | 150 MiB | 1.80 × | ≤ 1.8 × | met |');
});
