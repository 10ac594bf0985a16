const baseMs = 500;
export const capMs = 30_000;

/**
 * How long to wait before the next attempt: full jitter, which spreads many clients best
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). `attempt` counts from 0.
 */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 16)));
}
