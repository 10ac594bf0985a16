import { expect, it } from 'vitest';
import { flushRestMs } from './flush-rest.ts';

it('rests little after an event that came alone, and after what is no event', () => {
  expect(flushRestMs(4, 1)).toBe(8);
  expect(flushRestMs(4, 0)).toBe(8);
});

it('rests the longer the more came, up to ten times the work, and to 50 ms', () => {
  expect(flushRestMs(1, 3)).toBe(6);
  expect(flushRestMs(1, 1_000)).toBe(10);
  expect(flushRestMs(30, 1_000)).toBe(50);
});
