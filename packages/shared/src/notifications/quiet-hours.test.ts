import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultPreferences, weekdays, type Preferences } from '../protocol/preferences.ts';
import { isQuiet } from './quiet-hours.ts';

type Week = Preferences['quietHours']['week'];
const never: Week = { mon: null, tue: null, wed: null, thu: null, fri: null, sat: null, sun: null };

function quiet(week: Partial<Week>, at: string, timezone = 'UTC'): boolean {
  const hours = { enabled: true, timezone, week: { ...never, ...week } };
  return isQuiet(hours, new Date(at));
}

// 2026-03-02 is a Monday.
it('covers a span within a day', () => {
  const week = { mon: { from: '12:00', to: '13:00' } };
  expect(quiet(week, '2026-03-02T11:59:59Z')).toBe(false);
  expect(quiet(week, '2026-03-02T12:00:00Z')).toBe(true);
  expect(quiet(week, '2026-03-02T12:59:59Z')).toBe(true);
  expect(quiet(week, '2026-03-02T13:00:00Z')).toBe(false);
  expect(quiet(week, '2026-03-03T12:30:00Z')).toBe(false);
});

it('reaches into the next morning, from Sunday into Monday too', () => {
  const week = { sun: { from: '22:00', to: '06:30' } };
  expect(quiet(week, '2026-03-01T21:59:00Z')).toBe(false);
  expect(quiet(week, '2026-03-01T23:00:00Z')).toBe(true);
  expect(quiet(week, '2026-03-02T06:29:00Z')).toBe(true);
  expect(quiet(week, '2026-03-02T06:30:00Z')).toBe(false);
});

it('lasts a whole day where it ends when it begins', () => {
  const week = { sat: { from: '00:00', to: '00:00' } };
  expect(quiet(week, '2026-03-07T00:00:00Z')).toBe(true);
  expect(quiet(week, '2026-03-07T23:59:00Z')).toBe(true);
  expect(quiet(week, '2026-03-08T00:00:00Z')).toBe(false);
});

it('follows the clock of its time zone through the change to summer time', () => {
  const week = { sat: { from: '23:00', to: '07:00' } };
  // Lisbon leaps from 01:00 to 02:00 on Sunday, 2026-03-29; 07:00 there is then 06:00 UTC.
  expect(quiet(week, '2026-03-29T05:59:00Z', 'Europe/Lisbon')).toBe(true);
  expect(quiet(week, '2026-03-29T06:00:00Z', 'Europe/Lisbon')).toBe(false);
});

it('does not fail on a time zone that this runtime does not know', () => {
  expect(() =>
    quiet({ mon: { from: '12:00', to: '13:00' } }, '2026-03-02T12:00:00Z', 'Mars/Base'),
  ).not.toThrow();
});

it('is quiet for exactly as long as the spans last', () => {
  const clock = fc.integer({ min: 0, max: 1439 });
  const write = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  fc.assert(
    fc.property(clock, clock, fc.constantFrom(...weekdays), (from, to, day) => {
      const hours = {
        ...defaultPreferences.quietHours,
        enabled: true,
        week: { ...never, [day]: { from: write(from), to: write(to) } },
      };
      let minutes = 0;
      const start = Date.parse('2026-03-02T00:00:00Z');
      for (let minute = 0; minute < 7 * 1440; minute += 1) {
        if (isQuiet(hours, new Date(start + minute * 60_000))) minutes += 1;
      }
      expect(minutes).toBe(to > from ? to - from : to - from + 1440);
    }),
    { numRuns: 8 },
  );
});
