import { expect, it } from 'vitest';
import { fold } from './fold.ts';
import { hitsIn, matches, parseSearchQuery, snippetOf, type SearchQuery } from './search-query.ts';

function read(text: string): SearchQuery {
  const query = parseSearchQuery(text);
  if (!query) throw new Error(`nothing is wanted: ${text}`);
  return query;
}
const finds = (query: string, text: string) => matches(read(query), fold(text));

it.each([
  ['tea', 'Tea at four', true],
  ['ploy', 'We deploy today', true],
  ['deploy today', 'Today we deploy', true],
  ['"deploy today"', 'Today we deploy', false],
  ['"we deploy"', 'Today we  DEPLOY', true],
  ['“we deploy”', 'Today we deploy', true],
  ['"we deploy', 'Today we deploy', true],
  ['deploy -today', 'Today we deploy', false],
  ['deploy -"at once"', 'Today we deploy, not once', true],
  ['cafe', 'Das Café', true],
  ['会議', '明日の会議は九時です', true],
  ['九時', '明日の会議は九時です', true],
  ['ですか', '明日の会議は九時です', false],
  ['محمد', 'قال مُحَمَّد', true],
  ['100%', '100% sure', true],
  ['a_b', 'a-b', false],
  ['👍', 'ok 👍🏽', true],
])('%s in «%s»: %s', (query, text, found) => {
  expect(finds(query, text)).toBe(found);
});

it('wants nothing where there is nothing to look for', () => {
  for (const text of ['', '   ', '""', '-tea', '-"a b"', '\u0301']) {
    expect(parseSearchQuery(text)).toBeNull();
  }
});

it('bounds what is asked', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `w${index}`).join(' ');
  expect(read(many).wanted.length).toBe(20);
  expect(read('x'.repeat(10_000)).wanted[0]?.length).toBe(500);
});

it('says where the words are, in the text as it was written', () => {
  const marked = (query: string, text: string) =>
    hitsIn(read(query), text).map(([from, to]) => text.slice(from, to));
  expect(marked('cafe', 'Ein Café, zwei CAFÉS')).toEqual(['Café', 'CAFÉ']);
  expect(marked('cafe', 'Cafe\u0301!')).toEqual(['Cafe\u0301']);
  expect(marked('stras', 'Straße')).toEqual(['Straß']);
  expect(marked('ab bc', 'xabcx')).toEqual(['abc']);
  expect(marked('aa', 'aaaa')).toEqual(['aaaa']);
  expect(marked('会議', '明日の会議は')).toEqual(['会議']);
  expect(marked('محمد', 'قال مُحَمَّد!')).toEqual(['مُحَمَّد']);
});

it('shows the part of a text around what was found', () => {
  const text = `${'before '.repeat(30)}the café is here ${'after '.repeat(30)}`;
  const parts = snippetOf(read('cafe'), text, 80);
  expect(parts.filter(({ isHit }) => isHit)).toEqual([{ text: 'café', isHit: true }]);
  const shown = parts.map((part) => part.text).join('');
  expect(shown).toMatch(/^…before .*the café is here after.*…$/u);
  expect(shown.length).toBeLessThanOrEqual(82);
  expect(snippetOf(read('tea'), 'Tea!', 80)).toEqual([
    { text: 'Tea', isHit: true },
    { text: '!', isHit: false },
  ]);
});

it('cuts no character in two', () => {
  const text = `${'👍'.repeat(100)}tea${'👍'.repeat(100)}`;
  for (let length = 60; length < 70; length += 1) {
    const shown = snippetOf(read('tea'), text, length)
      .map((part) => part.text)
      .join('');
    expect(shown).not.toMatch(/\p{Surrogate}/u);
  }
});
