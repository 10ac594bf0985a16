import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AskedTogether } from './asked-together.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Looks that end when they are told to. */
function controlled(most: number) {
  const looks: { asked: number[]; end: (error?: Error) => void }[] = [];
  const together = new AskedTogether<number, string>(most, (asked) => {
    return new Promise((resolve, reject) => {
      const answerOf = (question: number) => `${question} of ${asked.join()}`;
      looks.push({ asked, end: (error) => (error ? reject(error) : resolve(answerOf)) });
    });
  });
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
      const together = new AskedTogether<number, number>(3, () => {
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
