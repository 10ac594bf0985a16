import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Soon } from './soon.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('works now and then while it is asked all the time, and once after it was asked once', () => {
  const work = vi.fn();
  const soon = new Soon(work, 400);
  for (let asked = 0; asked < 20; asked += 1) {
    soon.ask(asked);
    vi.advanceTimersByTime(100);
  }
  expect(work).toHaveBeenCalledTimes(5);
  soon.ask(null);
  vi.advanceTimersByTime(5_000);
  expect(work).toHaveBeenCalledTimes(6);
  soon.ask(null);
  soon.stop();
  vi.advanceTimersByTime(5_000);
  expect(work).toHaveBeenCalledTimes(6);
});
