import { expect, it, vi } from 'vitest';
import { abortAfter } from './abort-after.ts';

it('aborts after so long, with the reason of a deadline', () => {
  vi.useFakeTimers();
  try {
    const signal = abortAfter(5_000);
    vi.advanceTimersByTime(4_999);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  } finally {
    vi.useRealTimers();
  }
});
