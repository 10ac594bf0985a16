import { expect, it } from 'vitest';
import { fastestMs } from '../../../../../../packages/shared/test/fastest.ts';
import { findEntries, searchEntry, type Entry } from './entries.ts';

const place = (label: string, rank = 0): Entry => ({
  kind: 'conversation',
  key: label,
  label,
  note: '',
  channelId: label,
  icon: 'hash',
  unread: false,
  texts: [label],
  rank,
});
const person = (label: string): Entry => ({
  kind: 'person',
  key: label,
  label,
  note: '',
  userId: label,
  channelId: null,
  unread: false,
  texts: [label],
  rank: 0,
});
const entries = [place('general'), place('genome', 40), person('gene'), place('random', 30)];
const found = (typed: string) => findEntries(entries, typed).map(({ label }) => label);

it('puts what was used lately first, and among what fits alike', () => {
  expect(found('')).toEqual(['genome', 'random', 'general', 'gene']);
  expect(found('gen')).toEqual(['genome', 'gene', 'general']);
});

it('asks for channels or people alone by their sign', () => {
  expect(found('@gen')).toEqual(['gene']);
  expect(found('#gen')).toEqual(['genome', 'general']);
});

it('answers within 30 ms among five thousand', () => {
  const many = Array.from({ length: 5_000 }, (_, index) => place(`channel-number-${index}`));
  expect(fastestMs(() => findEntries(many, 'cn49'))).toBeLessThan(30);
});

it('offers to look for what was typed in messages', () => {
  expect(searchEntry('  ')).toEqual([]);
  expect(searchEntry(' tea time ')).toMatchObject([{ kind: 'search', text: 'tea time' }]);
});
