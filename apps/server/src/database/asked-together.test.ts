import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { AskedTogether } from './asked-together.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Looks that end when they are told to. */
function controlled(most: number, apartMs?: number) {
  const looks: { asked: number[]; end: (error?: Error) => void }[] = [];
  const together = new AskedTogether<number, string>(
    { most, ...(apartMs !== undefined && { apartMs }) },
    (asked) => {
      return new Promise((resolve, reject) => {
        const answerOf = (question: number) => `${question} of ${asked.join()}`;
        looks.push({ asked, end: (error) => (error ? reject(error) : resolve(answerOf)) });
      });
    },
  );
  return { looks, together };
}

it('looks at once for one that comes alone, and together for those that come meanwhile', async () => {
  const { looks, together } = controlled(2);
  const answers = [1, 2, 3, 4].map((question) => together.ask(question));
  expect(looks.map(({ asked }) => asked)).toEqual([[1]]);
  for (const [index, asked] of [[1], [2, 3], [4]].entries()) {
    expect(looks[index]?.asked).toEqual(asked);
    looks[index]?.end();
    await settle();
  }
  expect(await Promise.all(answers)).toEqual(['1 of 1', '2 of 2,3', '3 of 2,3', '4 of 4']);
  const alone = together.ask(5);
  looks[3]?.end();
  expect(await alone).toBe('5 of 5');
});

it('looks again only so long after it began to, and together for those that came until then', async () => {
  vi.useFakeTimers();
  try {
    const { looks, together } = controlled(10, 5);
    const first = together.ask(1);
    looks[0]?.end();
    expect(await first).toBe('1 of 1');
    const later = [2, 3].map((question) => together.ask(question));
    await vi.advanceTimersByTimeAsync(4);
    expect(looks).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(looks[1]?.asked).toEqual([2, 3]);
    looks[1]?.end();
    expect(await Promise.all(later)).toEqual(['2 of 2,3', '3 of 2,3']);
    await vi.advanceTimersByTimeAsync(5);
    const alone = together.ask(4);
    expect(looks[2]?.asked).toEqual([4]);
    looks[2]?.end();
    await alone;
  } finally {
    vi.useRealTimers();
  }
});

it('tells all that shared a look of its error, and goes on', async () => {
  const { looks, together } = controlled(10);
  const answers = [1, 2, 3].map((question) => together.ask(question));
  looks[0]?.end();
  await settle();
  looks[1]?.end(new Error('the database is away'));
  const outcomes = await Promise.allSettled(answers);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  const later = together.ask(4);
  looks[2]?.end();
  expect(await later).toBe('4 of 4');
});

it('never answers by a look that began before the question', async () => {
  const moments = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(moments, async (steps) => {
      let clock = 0;
      const begun: (() => void)[] = [];
      const together = new AskedTogether<number, number>({ most: 3 }, () => {
        const beganAt = (clock += 1);
        return new Promise((resolve) => begun.push(() => resolve(() => beganAt)));
      });
      const answers: Promise<boolean>[] = [];
      for (const isQuestion of steps) {
        if (isQuestion) {
          const askedAt = (clock += 1);
          answers.push(together.ask(askedAt).then((beganAt) => beganAt > askedAt));
        } else begun.shift()?.();
        await settle();
      }
      while (begun.length > 0) {
        begun.shift()?.();
        await settle();
      }
      expect(await Promise.all(answers)).toEqual(answers.map(() => true));
    }),
  );
});
