import { expect, it } from 'vitest';
import type { Event } from '@parley/shared/protocol/events.ts';
import { noMentions, type Message } from '@parley/shared/protocol/message.ts';
import { HistoryPage, LatestPages } from './latest-pages.ts';

const at = '2026-11-25T09:00:00.000Z';

function message(number: number, authorId: string, text = `text ${number}`): Message {
  const moments = {
    createdAt: at,
    editedAt: null,
    deletedAt: null,
    pinnedAt: null,
    pinnedBy: null,
  };
  const thread = { threadRootId: null, threadNumber: null, replyCount: 0, lastReplyAt: null };
  const beside = { mentions: noMentions, files: [], previews: [], reactions: [], replyUserIds: [] };
  const names = {
    id: `id-${number}`,
    channelId: 'c',
    kind: 'text' as const,
    nonce: `nonce "${number}"`,
  };
  return { ...names, number, authorId, text, ...thread, ...moments, ...beside };
}

const page = (...messages: Message[]) =>
  new HistoryPage({ messages, hasMoreBefore: true, hasMoreAfter: false });

function eventIn(channelId: string): Event {
  const data = { channelId, memberCount: 1, userId: 'u' };
  return {
    position: 1,
    audience: `channel:${channelId}`,
    type: 'member.left',
    at,
    actorId: null,
    data,
  };
}

it('answers what the page says, with the nonces of the reader and no others', () => {
  const messages = [message(1, 'mia', 'a "quoted" line\nand 👍'), message(2, 'max')];
  const answer = JSON.parse(page(...messages).for('mia').json) as unknown;
  const [byMia, byMax] = messages.map(({ nonce: _, ...rest }) => rest);
  const more = { hasMoreBefore: true, hasMoreAfter: false };
  expect(answer).toEqual({ messages: [messages[0], byMax], ...more });
  expect(JSON.parse(page(...messages).for('ada').json)).toEqual({
    messages: [byMia, byMax],
    ...more,
  });
  expect(JSON.parse(page().for('mia').json)).toMatchObject({ messages: [] });
});

it('keeps a page until the log tells of its channel', () => {
  const pages = new LatestPages();
  const kept = page(message(1, 'mia'));
  for (const channelId of ['c', 'd']) pages.keep(pages.begin(channelId), 50, kept);
  pages.observe(eventIn('c'));
  expect([pages.get('c', 50), pages.get('d', 50), pages.get('d', 49)]).toEqual([null, kept, null]);
  pages.clear();
  expect(pages.get('d', 50)).toBeNull();
});

it('does not keep a page in whose channel something happened while it was read', () => {
  const pages = new LatestPages();
  const readings = { c: pages.begin('c'), d: pages.begin('d'), e: pages.begin('e') };
  pages.observe(eventIn('c'));
  pages.end(readings.e);
  pages.keep(readings.c, 50, page());
  pages.keep(readings.d, 50, page());
  expect([pages.get('c', 50), pages.get('d', 50)].map((found) => found !== null)).toEqual([
    false,
    true,
  ]);
  const later = pages.begin('d');
  pages.clear();
  pages.keep(later, 50, page());
  expect(pages.get('d', 50)).toBeNull();
});

it('holds a bounded number of characters', () => {
  const pages = new LatestPages();
  const long = page(message(1, 'mia', 'x'.repeat(8 * 1024 * 1024)));
  for (const channelId of ['a', 'b', 'c', 'd', 'e']) pages.keep(pages.begin(channelId), 50, long);
  const kept = ['a', 'b', 'c', 'd', 'e'].filter((channelId) => pages.get(channelId, 50) !== null);
  expect(kept).toEqual(['c', 'd', 'e']);
});
