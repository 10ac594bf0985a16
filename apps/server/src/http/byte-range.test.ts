import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byteRangeOf } from './byte-range.ts';

it.each([
  ['bytes=0-99', { start: 0, end: 99 }],
  ['bytes=10-', { start: 10, end: 999 }],
  ['bytes=-10', { start: 990, end: 999 }],
  ['bytes=-5000', { start: 0, end: 999 }],
  ['bytes=999-5000', { start: 999, end: 999 }],
  ['bytes=1000-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
])('%s of a thousand bytes', (header, range) => {
  expect(byteRangeOf(header, 1_000)).toEqual(range);
});

it.each([undefined, '', 'bytes=-', 'bytes=5-4', 'bytes=0-1,3-4', 'lines=0-1', 'bytes=a-b'])(
  '%s is all of it',
  (header) => {
    expect(byteRangeOf(header, 1_000)).toBeNull();
  },
);

it('never leaves the file, whatever is asked for', () => {
  const number = fc.oneof(fc.constant(''), fc.nat().map(String), fc.constant('9'.repeat(400)));
  fc.assert(
    fc.property(number, number, fc.integer({ min: 1, max: 5_000 }), (first, last, size) => {
      const range = byteRangeOf(`bytes=${first}-${last}`, size);
      if (range === null || range === 'unsatisfiable') return;
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.end).toBeGreaterThanOrEqual(range.start);
      expect(range.end).toBeLessThan(size);
    }),
  );
});
