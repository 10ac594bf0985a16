import { expect, it } from 'vitest';
import { RowSizes } from './row-sizes.ts';

const rows = (...keys: string[]) => keys.map((key) => ({ key }));

it('knows the sizes of a place that goes on from the same row, of the same account', () => {
  const sizes = new RowSizes<string>();
  const owner = {};
  sizes.remember(owner, 'general', rows('a', 'b'), 'tall');
  expect(sizes.of(owner, 'general', rows('a', 'b', 'c'))).toBe('tall');
  expect(sizes.of(owner, 'other', rows('a', 'b'))).toBeUndefined();
  expect(sizes.of({}, 'general', rows('a', 'b'))).toBeUndefined();
});

it('knows nothing of a place that begins elsewhere by now: its rows have other indexes', () => {
  const sizes = new RowSizes<string>();
  const owner = {};
  sizes.remember(owner, 'general', rows('b', 'c'), 'tall');
  expect(sizes.of(owner, 'general', rows('a', 'b', 'c'))).toBeUndefined();
  expect(sizes.of(owner, 'general', [])).toBeUndefined();
});

it('keeps those of the places left last', () => {
  const sizes = new RowSizes<number>();
  const owner = {};
  for (let n = 0; n <= 40; n += 1) sizes.remember(owner, `place ${n}`, rows('a'), n);
  expect(sizes.of(owner, 'place 0', rows('a'))).toBeUndefined();
  expect(sizes.of(owner, 'place 1', rows('a'))).toBe(1);
});
