import { expect, test } from 'vitest';
import { Figures } from './figures.ts';
import { checkGoals } from './goals.ts';
import type { Entry, Values } from './records.ts';

function entry(
  round: number,
  system: string,
  workload: string,
  kind: string,
  values: Values,
): Entry {
  return { round, system, workload, kind, values };
}

/** Deliveries a second of three rounds, of which the machine was slow in the second. */
function saturated(system: string, rates: readonly number[]): Entry[] {
  return rates.map((deliveredPerS, index) =>
    entry(index + 1, system, 'W1 N=200', 'saturated', { deliveredPerS }),
  );
}

function goals(entries: readonly Entry[]) {
  const checked = checkGoals(new Figures(entries, ['parley', 'bare-socket-io', 'ejabberd']));
  return new Map(checked.map(({ name, ...rest }) => [name, rest]));
}

const rate = 'W1 N=200: deliveries a second against bare-socket-io';

test('a ratio is taken within each round, and then the median of the rounds', () => {
  const entries = [
    ...saturated('parley', [300, 30, 290]),
    ...saturated('bare-socket-io', [100, 10, 145]),
  ];
  expect(goals(entries).get(rate)).toEqual({ bound: '≥ 3 ×', reached: 3, verdict: 'met' });
});

test('a goal that is missed says so, and one without figures is not measured', () => {
  const entries = [...saturated('parley', [299]), ...saturated('bare-socket-io', [100])];
  const checked = goals(entries);
  expect(checked.get(rate)).toMatchObject({ reached: 2.99, verdict: 'not met' });
  expect(checked.get('W1 N=200: deliveries a second against ejabberd')).toMatchObject({
    reached: null,
    verdict: 'not measured',
  });
});

test('one message that is not in the archive, and one failed step, miss their goals', () => {
  const totals = { sent: 10, refused: 1, storedGrowth: 8, lost: 0, doubled: 0, outOfOrder: 0 };
  const checked = goals([
    entry(1, 'parley', 'W2', 'totals', totals),
    entry(1, 'parley', 'W2', 'failed', { error: 'message.post was refused' }),
  ]);
  expect(
    checked.get('messages accepted and not in the archive, or the other way round'),
  ).toMatchObject({ reached: 1, verdict: 'not met' });
  expect(checked.get('failed steps, refused posts')).toMatchObject({ verdict: 'not met' });
  expect(checked.get('lost deliveries')).toMatchObject({ reached: 0, verdict: 'met' });
});
