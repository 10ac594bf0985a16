import { expect, it } from 'vitest';
import { isJumbo, parsed, plainText } from './parsed.ts';

it('parses a text once', () => {
  expect(parsed('**a**')).toBe(parsed('**a**'));
});

it.each([
  ['🎉', true],
  ['👩‍👩‍👧 🎉', true],
  ['🇩🇪👍🏽❤️', true],
  ['1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏳️‍🌈', true],
  ['👩🏽‍❤️‍💋‍👨🏿', true],
  ['🇩', false],
  ['❤', false],
  ['©', false],
  ['🎉🎉🎉🎉', false],
  ['ok 🎉', false],
  ['1', false],
  ['', false],
])('%j is shown large: %j', (text, large) => {
  expect(isJumbo(text)).toBe(large);
});

it('leaves the marks out of plain text', () => {
  expect(plainText('**Hi** @ada, see `code`\n\n- one\n- two\n\n```ts\nlet a\n```')).toBe(
    'Hi @ada, see code one, two let a',
  );
});
