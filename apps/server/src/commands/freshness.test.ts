import { expect, it } from 'vitest';
import { Freshness } from './freshness.ts';

/** Looks at the log that end when they are told to. */
function controlled(heard: number) {
  const looks: ((position: number) => void)[] = [];
  const freshness = new Freshness({
    readPosition: () => new Promise((resolve) => looks.push(resolve)),
    hasHeard: (position) => position <= heard,
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { looks, freshness, settle };
}

it('says whether the node has heard of everything', async () => {
  const { looks, freshness, settle } = controlled(7);
  for (const [position, isCurrent] of [
    [7, true],
    [8, false],
  ] as const) {
    const asked = freshness.isCurrent();
    await settle();
    looks.pop()?.(position);
    expect(await asked).toBe(isCurrent);
  }
});

it('answers nobody by a look that began before the question, and many by one', async () => {
  const { looks, freshness, settle } = controlled(7);
  const first = freshness.isCurrent();
  await settle();
  const later = [freshness.isCurrent(), freshness.isCurrent(), freshness.isCurrent()];
  await settle();
  expect(looks).toHaveLength(1);
  looks[0]?.(7);
  expect(await first).toBe(true);
  await settle();
  expect(looks).toHaveLength(2);
  looks[1]?.(8);
  expect(await Promise.all(later)).toEqual([false, false, false]);
});

it('tells of a look that failed, and looks again for the next', async () => {
  let fails = true;
  const freshness = new Freshness({
    readPosition: () => (fails ? Promise.reject(new Error('no database')) : Promise.resolve(1)),
    hasHeard: () => true,
  });
  await expect(freshness.isCurrent()).rejects.toThrow('no database');
  fails = false;
  expect(await freshness.isCurrent()).toBe(true);
});
