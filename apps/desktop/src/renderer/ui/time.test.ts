import { expect, it } from 'vitest';
import { dayOf, longDay, nearDay, relativeTime } from './time.ts';

const now = new Date(2026, 10, 24, 15, 30).getTime();
const local = (...parts: [number, number, number, number?, number?]) =>
  new Date(parts[0], parts[1], parts[2], parts[3] ?? 12, parts[4] ?? 0).toISOString();

it('names a day by the local calendar', () => {
  expect(dayOf(local(2026, 10, 24, 0, 1))).toBe('2026-11-24');
  expect(dayOf(local(2026, 10, 24, 23, 59))).toBe('2026-11-24');
  expect(dayOf(local(2026, 0, 5))).toBe('2026-01-05');
});

it('knows today and yesterday, whatever the hour', () => {
  expect(nearDay(local(2026, 10, 24, 0, 1), now)).toBe('today');
  expect(nearDay(local(2026, 10, 23, 0, 1), now)).toBe('yesterday');
  expect(nearDay(local(2026, 10, 22, 23, 59), now)).toBeNull();
});

it('adds the year when it is another one', () => {
  expect(longDay(local(2026, 10, 20), now)).not.toContain('2026');
  expect(longDay(local(2025, 10, 20), now)).toContain('2025');
});

it('says how long ago in the largest fitting unit', () => {
  const ago = (seconds: number) => relativeTime(new Date(now - seconds * 1000).toISOString(), now);
  expect(ago(5)).toBe('now');
  expect(ago(59)).toBe('now');
  expect(ago(61)).toBe('1 minute ago');
  expect(ago(3 * 3600)).toBe('3 hours ago');
  expect(ago(26 * 3600)).toBe('yesterday');
});
