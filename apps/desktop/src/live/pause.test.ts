import { expect, it } from 'vitest';
import { pauseChoices, pauseEnd } from './pause.ts';

/** A moment by the clock of this device. */
const local = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute);

it('ends after the time that was chosen, or on the morning of that day', () => {
  // 25 November 2026 is a Wednesday.
  const ends = pauseChoices.map((choice) => pauseEnd(choice, local(25, 16, 40).getTime()));
  expect(ends).toEqual(
    [local(25, 17, 10), local(25, 17, 40), local(25, 18, 40), local(26, 8), local(30, 8)].map(
      (date) => date.toISOString(),
    ),
  );
});

it.each([
  ['a Sunday', 29, 30],
  ['a Monday', 23, 30],
  ['a Saturday', 28, 30],
])('until Monday means the next one, said on %s', (_day, on, until) => {
  expect(pauseEnd('monday', local(on, 7).getTime())).toBe(local(until, 8).toISOString());
});
