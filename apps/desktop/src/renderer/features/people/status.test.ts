import { expect, it } from 'vitest';
import { expiryOf } from './status.ts';

/** A Tuesday afternoon. */
const now = new Date(2026, 10, 24, 15, 30).getTime();
const at = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString();

it('clears a status when it was said to', () => {
  expect(expiryOf('never', now)).toBeNull();
  expect(expiryOf('halfHour', now)).toBe(at(2026, 10, 24, 16, 0));
  expect(expiryOf('hour', now)).toBe(at(2026, 10, 24, 16, 30));
  expect(expiryOf('fourHours', now)).toBe(at(2026, 10, 24, 19, 30));
  expect(expiryOf('today', now)).toBe(at(2026, 10, 24, 23, 59));
  expect(expiryOf('week', now)).toBe(at(2026, 10, 29, 23, 59));
});

it('ends the week today on a Sunday', () => {
  expect(expiryOf('week', new Date(2026, 10, 29, 9, 0).getTime())).toBe(at(2026, 10, 29, 23, 59));
});
