import { expect, it } from 'vitest';
import { restoreBounds } from './window-bounds.ts';

const screen = { x: 0, y: 25, width: 1920, height: 1055 };
const second = { x: 1920, y: 0, width: 1280, height: 1024 };

it('opens in the middle of the first screen at first', () => {
  expect(restoreBounds(null, [screen])).toEqual({ x: 320, y: 153, width: 1280, height: 800 });
});

it('opens where it was while that screen is there, and in the middle when it is gone', () => {
  const saved = { x: 2000, y: 100, width: 1000, height: 700 };
  expect(restoreBounds(saved, [screen, second])).toEqual(saved);
  expect(restoreBounds(saved, [screen])).toEqual({ x: 460, y: 203, width: 1000, height: 700 });
});

it('never opens where its title bar cannot be grasped', () => {
  const above = { x: 100, y: -300, width: 1000, height: 700 };
  const beyond = { x: 1900, y: 100, width: 1000, height: 700 };
  for (const saved of [above, beyond]) {
    expect(restoreBounds(saved, [screen])).toMatchObject({ x: 460, y: 203 });
  }
});

it('fits a smaller screen', () => {
  const small = { x: 0, y: 0, width: 800, height: 500 };
  const saved = { x: 0, y: 0, width: 3000, height: 2000 };
  expect(restoreBounds(saved, [small])).toEqual(small);
});
