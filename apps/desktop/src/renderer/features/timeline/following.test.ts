import { beforeEach, describe, expect, it } from 'vitest';
import { Following } from './following.svelte.ts';

let now: number;
let following: Following;

beforeEach(() => {
  now = 10_000;
  following = new Following(() => now);
  following.changed();
  following.stands(2_000, 0);
});

describe('Following', () => {
  it('leads back when rows came below, and says that the end is not there yet', () => {
    following.changed();
    expect(following.stands(2_000, 600)).toBe(true);
    expect(following.on).toBe(true);
    expect(following.near).toBe(false);
  });

  it("leads back after the list's own correction upwards", () => {
    following.changed();
    now += 100;
    expect(following.stands(1_700, 300)).toBe(true);
    expect(following.on).toBe(true);
  });

  it('lets a hand leave, in the midst of rows that come', () => {
    following.changed();
    following.input();
    expect(following.stands(1_990, 10)).toBe(false);
    expect(following.on).toBe(false);
    following.changed();
    expect(following.stands(1_990, 500)).toBe(false);
  });

  it('is not left by a hand under which the rows only grew', () => {
    following.input();
    following.changed();
    expect(following.stands(2_000, 500)).toBe(true);
  });

  it('lets the list be scrolled by other means while nothing comes', () => {
    now += 1_000;
    expect(following.stands(900, 1_100)).toBe(false);
    expect(following.on).toBe(false);
  });

  it('lets a held scrollbar leave, however long it takes', () => {
    following.hold(true);
    now += 5_000;
    following.changed();
    expect(following.stands(1_500, 500)).toBe(false);
    following.hold(false);
    now += 5_000;
    following.on = true;
    following.changed();
    expect(following.stands(1_000, 1_000)).toBe(true);
  });

  it('comes back where a person scrolls down to the end, or rests near it', () => {
    following.input();
    following.stands(1_000, 1_000);
    following.stands(1_990, 10);
    expect(following.on).toBe(true);
    following.input();
    following.stands(1_960, 40);
    expect(following.on).toBe(false);
    following.rests();
    expect(following.on).toBe(true);
  });
});
