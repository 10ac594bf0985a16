import { setTimeout as delay } from 'node:timers/promises';

/** What was waited for did not come in time. */
export class Overdue extends Error {
  override readonly name = 'Overdue';
}

/** The promise's result, or Overdue when it does not come within this time. */
export async function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  const ended = new AbortController();
  const overdue = delay(ms, undefined, { signal: ended.signal }).then(() => {
    throw new Overdue(`${what}: not within ${ms} ms`);
  });
  try {
    return await Promise.race([promise, overdue]);
  } finally {
    ended.abort();
    overdue.catch(() => undefined);
  }
}

/** Resolves when the condition holds; rejects with Overdue when it does not within this time. */
export async function until(
  ms: number,
  condition: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const latest = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > latest) throw new Overdue(`${what}: not within ${ms} ms`);
    await delay(10);
  }
}
