import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Paced } from './paced.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('does what comes alone at once, and what follows together', () => {
  const work = vi.fn();
  const paced = new Paced(1_000, work);
  paced.soon();
  expect(work).toHaveBeenCalledTimes(1);
  for (let turn = 0; turn < 9; turn += 1) {
    vi.advanceTimersByTime(100);
    paced.soon();
  }
  expect(work).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(100);
  expect(work).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5_000);
  expect(work).toHaveBeenCalledTimes(2);
  paced.soon();
  expect(work).toHaveBeenCalledTimes(3);
});

it('what cannot wait takes along what waits', () => {
  const work = vi.fn();
  const paced = new Paced(1_000, work);
  paced.now();
  paced.soon();
  paced.now();
  expect(work).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5_000);
  expect(work).toHaveBeenCalledTimes(2);
});

it('does nothing after its end', () => {
  const work = vi.fn();
  const paced = new Paced(1_000, work);
  paced.now();
  paced.soon();
  paced.stop();
  vi.advanceTimersByTime(5_000);
  expect(work).toHaveBeenCalledTimes(1);
});
