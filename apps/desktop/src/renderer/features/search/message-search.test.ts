import { expect, it } from 'vitest';
import type { Message } from '@parley/shared/protocol/message.ts';
import { matches } from '@parley/shared/text/search-query.ts';
import { aMessage, idOf } from '../../../../../../packages/shared/test/entities.ts';
import { settle } from '../../../../test/settle.ts';
import { MessageSearch } from './message-search.svelte.ts';
import { heldMessages, type SearchSource } from './source.ts';

const channelId = idOf(0x100);
const said = (number: number, text: string) =>
  aMessage({ id: idOf(number), channelId, number, text });

/** What a device holds, as a test changes it. */
class Held {
  runs: { channelId: string; messages: Message[] }[];

  constructor(texts: string[]) {
    this.runs = [{ channelId, messages: texts.map((text, index) => said(index + 1, text)) }];
  }

  held() {
    return this.runs;
  }
}

const texts = (search: MessageSearch) => search.hits.map(({ message }) => message.text);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `tea ${index}`);

it('finds by pages, newest first', async () => {
  const search = new MessageSearch(heldMessages(new Held(numbered(70))));
  await search.type('tea');
  expect(texts(search)).toEqual(numbered(70).toReversed().slice(0, 30));
  expect(search.complete).toBe(false);
  await search.more();
  expect(search.hits.length).toBe(60);
  await Promise.all([search.more(), search.more()]);
  expect(texts(search)).toEqual(numbered(70).toReversed());
  expect(search.complete).toBe(true);
  await search.more();
  expect(search.hits.length).toBe(70);
});

it('marks in each what was looked for', async () => {
  const search = new MessageSearch(heldMessages(new Held(['A **café** here'])));
  await search.type('CAFE');
  expect(search.hits[0]?.snippet).toEqual([
    { text: 'A ', isHit: false },
    { text: 'café', isHit: true },
    { text: ' here', isHit: false },
  ]);
});

it('is up to date when it looks again: edited, deleted, new, and conversations that are gone', async () => {
  const held = new Held(numbered(40));
  const search = new MessageSearch(heldMessages(held));
  await search.type('tea');
  await search.more();
  const [run] = held.runs;
  if (!run) throw new Error('there is no run');
  run.messages = [
    ...run.messages.map((message) => {
      if (message.text === 'tea 39') return { ...message, text: 'coffee' };
      if (message.text === 'tea 38') return { ...message, deletedAt: '2026-03-02T10:00:00.000Z' };
      return message;
    }),
    said(100, 'tea new'),
  ];
  await search.refresh();
  expect(texts(search)).toEqual(['tea new', ...numbered(38).toReversed()]);
  held.runs = [];
  await search.refresh();
  expect(texts(search)).toEqual([]);
});

it('ends a search that another one replaces, and shows nothing of it', async () => {
  const stopped: string[] = [];
  const waiting = new Map<string, () => void>();
  const slow: SearchSource = async function* (query, signal) {
    const [word = ''] = query.wanted;
    signal.addEventListener('abort', () => stopped.push(word));
    await new Promise<void>((resolve) => waiting.set(word, resolve));
    const message = said(1, `${word} found`);
    if (matches(query, message.text)) yield message;
  };
  const search = new MessageSearch(slow);
  const first = search.type('tea');
  const second = search.type('coffee');
  expect(stopped).toEqual(['tea']);
  expect(search.searching).toBe(true);
  waiting.get('coffee')?.();
  await second;
  waiting.get('tea')?.();
  await first;
  await settle();
  expect(texts(search)).toEqual(['coffee found']);
  await search.type('');
  expect(texts(search)).toEqual([]);
  expect(search.query).toBeNull();
});

it('keeps what was found while it looks for more, and says why it could not', async () => {
  let fails = false;
  const flaky: SearchSource = async function* () {
    await Promise.resolve();
    if (fails) throw new Error('storage');
    yield said(1, 'tea');
  };
  const search = new MessageSearch(flaky);
  await search.type('tea');
  fails = true;
  await search.type('te');
  expect(search.failure).toBeInstanceOf(Error);
  expect(search.searching).toBe(false);
  fails = false;
  await search.refresh();
  expect(search.failure).toBeNull();
  expect(texts(search)).toEqual(['tea']);
});
