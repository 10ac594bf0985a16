import { expect, it } from 'vitest';
import { flushRestMs } from './flush-rest.ts';

const rest = (workMs: number, eventsPerWrite: number, eventsPerCommit = Infinity) =>
  flushRestMs({ workMs, eventsPerWrite, eventsPerCommit });

it('rests as long as it worked where each event had a write of its own, or there was none', () => {
  expect([rest(4, 1), rest(4, 0)]).toEqual([4, 4]);
});

it('rests the longer the more events shared a write, up to ten times the work, and to 25 ms', () => {
  expect(rest(1, 1.5)).toBe(6);
  expect(rest(1, 1_000)).toBe(10);
  expect(rest(30, 1_000)).toBe(25);
});

it('rests as long as it worked where each event was committed by itself, whatever shared a write', () => {
  expect([rest(2, 3, 1), rest(2, 3, 0)]).toEqual([2, 2]);
  expect(rest(1, 3, 1.5)).toBe(6);
});
