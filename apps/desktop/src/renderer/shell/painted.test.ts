import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { painted } from './painted.ts';

let frames: (() => void)[];

beforeEach(() => {
  vi.useFakeTimers();
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame));
});
afterEach(() => {
  vi.useRealTimers();
});

it('waits for the frame that shows what is there, and for the one before it', async () => {
  const then = vi.fn();
  void painted().then(then);
  frames.shift()?.();
  await vi.advanceTimersByTimeAsync(10);
  expect(then).not.toHaveBeenCalled();
  frames.shift()?.();
  await vi.advanceTimersByTimeAsync(1);
  expect(then).toHaveBeenCalledTimes(1);
});

it('does not wait for frames that never come, as in a hidden window', async () => {
  const then = vi.fn();
  void painted().then(then);
  await vi.advanceTimersByTimeAsync(499);
  expect(then).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(then).toHaveBeenCalledTimes(1);
});
