import { expect, it } from 'vitest';
import { flushRestMs } from './flush-rest.ts';

it('rests as long as it worked where each event had a write of its own, or there was none', () => {
  expect([flushRestMs(4, 1), flushRestMs(4, 0)]).toEqual([4, 4]);
});

it('rests the longer the more events shared a write, up to ten times the work, and to 25 ms', () => {
  expect(flushRestMs(1, 1.5)).toBe(6);
  expect(flushRestMs(1, 1_000)).toBe(10);
  expect(flushRestMs(30, 1_000)).toBe(25);
});
