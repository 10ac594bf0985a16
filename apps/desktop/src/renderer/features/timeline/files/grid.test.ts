import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gridOf } from './grid.ts';

const size = fc.record({
  width: fc.integer({ min: 1, max: 20_000 }),
  height: fc.integer({ min: 1, max: 20_000 }),
});

it('shows one picture as large as it is, or as fits', () => {
  const of = (width: number, height: number) => {
    const grid = gridOf([{ width, height }]);
    return [grid.width, grid.height];
  };
  expect(of(120, 90)).toEqual([120, 90]);
  expect(of(4_000, 3_000)).toEqual([360, 270]);
  expect(of(3_000, 4_000)).toEqual([240, 320]);
  // A line is still something to hit.
  expect(of(8_000, 10)).toEqual([360, 48]);
  expect(of(1, 1)).toEqual([48, 48]);
});

it('keeps a room of its own for every picture, whatever their sizes', () => {
  fc.assert(
    fc.property(fc.array(size, { minLength: 1, maxLength: 10 }), (pictures) => {
      const { width, height, tiles, hidden } = gridOf(pictures);
      expect(width).toBeLessThanOrEqual(360);
      expect(height).toBeLessThanOrEqual(320);
      expect(tiles.length + hidden).toBe(pictures.length);
      expect(tiles.length).toBeLessThanOrEqual(4);
      for (const [index, tile] of tiles.entries()) {
        expect(tile.left).toBeGreaterThanOrEqual(0);
        expect(tile.left + tile.width).toBeLessThanOrEqual(1.000_001);
        expect(tile.top + tile.height).toBeLessThanOrEqual(1.000_001);
        for (const other of tiles.slice(index + 1)) {
          const apart =
            tile.left + tile.width <= other.left ||
            other.left + other.width <= tile.left ||
            tile.top + tile.height <= other.top ||
            other.top + other.height <= tile.top;
          expect(apart).toBe(true);
        }
      }
    }),
  );
});

it('stands four for all where there are more', () => {
  const photo = { width: 400, height: 300 };
  expect(gridOf(Array(7).fill(photo)).hidden).toBe(3);
  expect(gridOf(Array(4).fill(photo)).hidden).toBe(0);
});
