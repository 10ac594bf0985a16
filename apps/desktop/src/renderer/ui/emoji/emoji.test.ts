import { beforeAll, describe, expect, it } from 'vitest';
import { loadEmoji, searchEmoji, toned, type Emoji } from './emoji.ts';

let all: readonly Emoji[] = [];
beforeAll(async () => {
  all = await loadEmoji();
});

describe('emoji', () => {
  it('are all ones that the protocol takes', () => {
    const bad = all.filter(({ character }) => !/^\p{RGI_Emoji}$/v.test(character));
    expect(bad.map(({ character }) => character)).toEqual([]);
    expect(all.length).toBeGreaterThan(1500);
  });

  it.each([
    ['tada', '🎉'],
    ['+1', '👍'],
    ['thumbsup', '👍'],
    ['eyes', '👀'],
    ['palm', '🌴'],
  ])('%s is among the first for what people type', (query, expected) => {
    const found = searchEmoji(all, query, 8).map(({ character }) => character);
    expect(found).toContain(expected);
  });

  it('have tones where people have them', () => {
    const wave = all.find(({ shortcodes }) => shortcodes.includes('wave'));
    expect(wave && toned(wave, 3)).toBe('👋🏽');
    expect(wave && toned(wave, 0)).toBe('👋');
  });
});
