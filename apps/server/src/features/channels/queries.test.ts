import { describe, expect, it } from 'vitest';
import { directKeyOf, nameKeyOf } from './queries.ts';

describe('the key of a name', () => {
  it.each([
    ['case', 'Harbour', 'harbour'],
    ['ligatures', 'o\ufb03ce', 'office'],
    ['full width', '\uff48\uff41\uff52\uff42\uff4f\uff55\uff52', 'harbour'],
    ['composition', 'cafe\u0301', 'caf\u00e9'],
  ])('does not regard %s', (_what, one, other) => {
    expect(nameKeyOf(one)).toBe(nameKeyOf(other));
  });

  it.each([
    ['accents', 'cafe', 'café'],
    ['dashes', 'harbour-1', 'harbour_1'],
    ['scripts', 'а', 'a'],
  ])('keeps names apart by %s', (_what, one, other) => {
    expect(nameKeyOf(one)).not.toBe(nameKeyOf(other));
  });
});

describe('the key of a direct conversation', () => {
  it('is the same for the same people in any order, and leaves their list as it was', () => {
    const people = ['c', 'a', 'b'];
    expect(directKeyOf(people)).toBe(directKeyOf(['b', 'c', 'a']));
    expect(people).toEqual(['c', 'a', 'b']);
    expect(directKeyOf(['a', 'b'])).not.toBe(directKeyOf(people));
  });
});
