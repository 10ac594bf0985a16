import { describe, expect, it } from 'vitest';
import { fold } from '@parley/shared/text/fold.ts';
import { fastestMs } from '../../../../../packages/shared/test/fastest.ts';
import { score, search } from './fuzzy.ts';

const find = (query: string, items: string[]) =>
  search(items, query, { texts: (item) => [fold(item)], limit: 10 });

describe('search', () => {
  it('puts whole matches before prefixes, words and parts', () => {
    expect(find('gen', ['oxygen', 'the general', 'gen', 'general', 'green team'])).toEqual([
      'gen',
      'general',
      'the general',
      'oxygen',
    ]);
  });

  it('finds initials of words', () => {
    expect(find('dr', ['design-review', 'drafts', 'random'])).toEqual(['drafts', 'design-review']);
    expect(find('ak', ['Amara Kone', 'Jonas'])).toEqual(['Amara Kone']);
  });

  it('does not mind case and accents', () => {
    expect(find('ZOE', ['Zoë van Dam'])).toEqual(['Zoë van Dam']);
    expect(find('東京', ['東京オフィス'])).toEqual(['東京オフィス']);
  });

  it('finds nothing in strewn letters', () => {
    expect(score('abc', 'xaxxbxxcx')).toBe(0);
    expect(score('lunch', 'blue napkins changed hands')).toBe(0);
  });

  it('gives everything, by rank, for an empty query', () => {
    const items = ['a', 'b', 'c'];
    const rank = (item: string) => (item === 'b' ? 2 : 0);
    expect(search(items, '', { texts: (item) => [item], rank, limit: 2 })).toEqual(['b', 'a']);
  });

  it('takes less than 30 ms for ten thousand names', () => {
    const items = Array.from({ length: 10_000 }, (_, index) => `person number ${index}`);
    expect(fastestMs(() => find('pn99', items))).toBeLessThan(30);
  });
});
