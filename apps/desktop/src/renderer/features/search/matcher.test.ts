import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fold } from '@parley/shared/text/fold.ts';
import { plainText } from '@parley/shared/text/plain.ts';
import { matches, parseSearchQuery } from '@parley/shared/text/search-query.ts';
import { aFile, aMessage, idOf } from '../../../../../../packages/shared/test/entities.ts';
import { matcherOf, seenText } from './matcher.ts';

const pieces = [
  ...[
    'tea',
    'Zoë',
    'snake_case',
    '会議',
    'مُحَمَّد',
    'foo',
    'bar',
    '1',
    'c++',
    '@ada',
    '#general',
    '👍🏽',
  ],
  ...[
    '**',
    '*',
    '_',
    '~~',
    '`',
    '```',
    '\n',
    '\n\n',
    ' ',
    ' ',
    '> ',
    '- ',
    '1. ',
    '# ',
    '\\',
    '!',
    '=',
  ],
  ...[
    '[',
    ']',
    '(',
    ')',
    '[tea](https://a.example/foo)',
    'https://a.example/bar',
    '|',
    '---',
    ': ',
  ],
];
const markdown = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((all) => all.join(''));

it('finds whatever people see of a message, whatever its Markdown', () => {
  let found = 0;
  const check = (text: string, from: number, length: number) => {
    const seen = plainText(text);
    const start = seen.length === 0 ? 0 : from % seen.length;
    for (const typed of [seen.slice(start, start + length), `"${seen.slice(start)}"`]) {
      const query = parseSearchQuery(typed);
      if (!query) continue;
      const isThere = matches(query, fold(seen));
      if (isThere) found += 1;
      const message = aMessage({ channelId: idOf(0x100), text });
      expect(matcherOf(query)(message), JSON.stringify({ text, typed })).toBe(isThere);
    }
  };
  fc.assert(fc.property(markdown, fc.nat(60), fc.integer({ min: 1, max: 12 }), check), {
    numRuns: 3_000,
    // Entries of a list are seen with a comma between them, which nobody wrote.
    examples: [['- tea\n- tea', 0, 12]],
  });
  expect(found).toBeGreaterThan(1_000);
});

it('finds a message by what its files are called', () => {
  const files = [aFile({ name: 'Quarterly Report.pdf' }), aFile({ name: 'beach.jpg' })];
  const message = aMessage({ channelId: idOf(0x100), text: '', files });
  const finds = (typed: string) => {
    const query = parseSearchQuery(typed);
    return query !== null && matcherOf(query)(message);
  };
  expect(finds('quarterly report')).toBe(true);
  expect(finds('beach')).toBe(true);
  expect(finds('mountain')).toBe(false);
  expect(seenText(message)).toBe('Quarterly Report.pdf · beach.jpg');
  expect(seenText({ text: '**Look**', files: [] })).toBe('Look');
});
