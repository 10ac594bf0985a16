import { expect, it } from 'vitest';
import { firstCharacter, hueOf, initials } from './avatar.ts';

it.each([
  ['Amara Kone', 'AK'],
  ['amara', 'A'],
  ['Mary Jane van der Berg', 'MB'],
  ['東京オフィス', '東'],
  ['Jonas (Design) Lindqvist', 'JL'],
  ['  ', ''],
  ['👩‍👩‍👧 family', 'F'],
])('takes the initials of %j: %j', (name, expected) => {
  expect(initials(name)).toBe(expected);
});

it.each([
  ['northwind', 'N'],
  [' Šumava', 'Š'],
  ['👩‍👩‍👧 family', '👩‍👩‍👧'],
  ['𝒩orthwind', '𝒩'],
  ['e\u0301cole', 'E\u0301'],
  [' ', ''],
])('takes the first character of %j: %j', (name, expected) => {
  expect(firstCharacter(name)).toBe(expected);
});

it('gives each id one hue, and spreads them', () => {
  const ids = Array.from({ length: 200 }, (_, index) => `0190${String(index).padStart(4, '0')}`);
  expect(ids.map(hueOf)).toEqual(ids.map(hueOf));
  expect(new Set(ids.map(hueOf)).size).toBe(24);
});
