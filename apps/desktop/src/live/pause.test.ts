import { expect, it } from 'vitest';
import { momentOf } from './moments.ts';
import { isPauseItem, pauseChoices, pauseFor } from './pause.ts';

/** A moment by the clock of this device. */
const local = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute);

it('ends after the time that was chosen, or on the morning of that day', () => {
  // 25 November 2026 is a Wednesday.
  const ends = pauseChoices.map((choice) => momentOf(choice, local(25, 16, 40).getTime()));
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
  expect(momentOf('monday', local(on, 7).getTime())).toBe(local(until, 8).toISOString());
});

it('is what the tray and the keys choose', () => {
  const now = new Date(2026, 2, 2, 9, 30).getTime();
  const hour = new Date(2026, 2, 2, 10, 30).toISOString();
  expect(pauseFor('pauseHour', false, now)).toBe(hour);
  expect(pauseFor('pauseHalfHour', true, now)).toBe(new Date(2026, 2, 2, 10, 0).toISOString());
  expect(pauseFor('pauseTomorrow', false, now)).toBe(new Date(2026, 2, 3, 8, 0).toISOString());
  expect(pauseFor('resume', true, now)).toBeNull();
  expect([pauseFor('togglePause', true, now), pauseFor('togglePause', false, now)]).toEqual([
    null,
    hour,
  ]);
  expect([isPauseItem('togglePause'), isPauseItem('preferences')]).toEqual([true, false]);
});
