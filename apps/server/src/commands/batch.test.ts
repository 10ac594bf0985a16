import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stepsOf, type Job, type JobGroup } from './batch.ts';

const group: JobGroup<unknown, unknown> = {
  run: () => Promise.resolve([]),
  byHeart: () => null,
  learn: () => Promise.resolve(false),
};
const other = { ...group };
type Kind = 'post' | 'mark' | 'alone';
type Given = { name: string; job: Job<unknown> };

function given(name: string, sessionId: string | null, kind: Kind): Given {
  const actor =
    sessionId === null ? null : { sessionId, userId: sessionId, role: 'member' as const };
  if (kind === 'alone') {
    return { name, job: { actor, run: () => Promise.resolve({ output: null, events: [] }) } };
  }
  return { name, job: { actor, group: kind === 'post' ? group : other, input: null } };
}

const namesOf = (batch: Given[]) =>
  stepsOf(batch).map(({ members }) => members.map(({ name }) => name));

it('brings those of one kind together across others', () => {
  const batch = [
    given('a1', 'a', 'post'),
    given('b1', 'b', 'mark'),
    given('c1', 'c', 'post'),
    given('d1', 'd', 'mark'),
  ];
  expect(namesOf(batch)).toEqual([
    ['a1', 'c1'],
    ['b1', 'd1'],
  ]);
});

it('never brings a command before an earlier one of its session', () => {
  const batch = [
    given('a1', 'a', 'post'),
    given('b1', 'b', 'alone'),
    given('b2', 'b', 'post'),
    given('a2', 'a', 'post'),
  ];
  expect(namesOf(batch)).toEqual([['a1'], ['b1'], ['b2', 'a2']]);
});

it('keeps every job once, each session in its order, and groups pure, whatever comes', () => {
  const each = fc.record({
    session: fc.constantFrom('a', 'b', 'c', null),
    kind: fc.constantFrom<Kind>('post', 'mark', 'alone'),
  });
  fc.assert(
    fc.property(fc.array(each, { maxLength: 40 }), (jobs) => {
      const batch = jobs.map(({ session, kind }, index) => given(String(index), session, kind));
      const steps = stepsOf(batch);
      const order = steps.flatMap(({ members }) => members);
      expect(order.map(({ name }) => Number(name)).sort((a, b) => a - b)).toEqual([
        ...batch.keys(),
      ]);
      for (const session of ['a', 'b', 'c']) {
        const names = order
          .filter(({ job }) => job.actor?.sessionId === session)
          .map(({ name }) => Number(name));
        expect(names).toEqual([...names].sort((a, b) => a - b));
      }
      for (const step of steps) {
        const kinds = new Set(step.members.map(({ job }) => ('group' in job ? job.group : null)));
        expect([...kinds]).toEqual([step.group]);
      }
    }),
  );
});
