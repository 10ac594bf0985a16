import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { call, startTestServer, type TestServer } from '../../../test/server.ts';
import { Conversations, refusals } from '../../../test/conversations.ts';
import { createServer, type ParleyServer } from '../../app.ts';
import type { Bus } from '../../bus/bus.ts';
import { testSettings } from '../../../test/settings.ts';

/** A second node that gets no hint: it hears of the other's events only by its look once a second. */
const deaf: Bus = {
  publish: () => undefined,
  subscribe: () => () => undefined,
  isReachable: () => true,
  close: () => Promise.resolve(),
};

let server: TestServer;
let other: ParleyServer;
let urls: string[];
let talk: Conversations;
let mia: SignedIn;
let max: SignedIn;
let channelId: string;

beforeAll(async () => {
  server = await startTestServer();
  other = createServer({
    db: server.db,
    identity: server.identity,
    bus: deaf,
    settings: testSettings,
    limits: { perAddress: 100_000, perSession: 1_000_000 },
  });
  urls = [server.url, await other.listen({ port: 0, host: '127.0.0.1' })];
  talk = new Conversations(server);
  mia = await server.register('mia');
  max = await server.register('max');
});
afterAll(async () => {
  await other.close();
  await server.close();
});
beforeEach(async () => {
  ({ id: channelId } = await talk.channel(mia, 'private', [max]));
  for (let n = 1; n <= 3; n += 1) await talk.post(mia, channelId, `m${n}`);
});

/** The newest page as both nodes give it, twice, so that the second may come from memory. */
async function latest(who: SignedIn) {
  const pages = [];
  for (const url of [...urls, ...urls]) {
    pages.push(await call(url, who.accessToken, 'message.history', { channelId }));
  }
  return pages;
}

it('gives the same page again, with the nonces of the reader alone', async () => {
  await talk.post(max, channelId, 'by max');
  for (const [who, own] of [
    [mia, ['m1', 'm2', 'm3']],
    [max, ['by max']],
  ] as const) {
    for (const page of await latest(who)) {
      expect(page.messages.map(({ text }) => text)).toEqual(['m1', 'm2', 'm3', 'by max']);
      const withNonce = page.messages.filter(({ nonce }) => nonce !== undefined);
      expect(withNonce.map(({ text }) => text)).toEqual(own);
    }
  }
});

it('never gives a page from before what was acknowledged, on any node', async () => {
  await latest(max);
  const { id: messageId } = await talk.post(mia, channelId, 'm4');
  const newest = async () => (await latest(max)).map(({ messages }) => messages.at(-1));
  expect((await newest()).map((message) => message?.text)).toEqual(Array(4).fill('m4'));
  await talk.ask(mia, 'message.edit', { messageId, text: 'm4 anew' });
  expect((await newest()).map((message) => message?.text)).toEqual(Array(4).fill('m4 anew'));
  await talk.ask(max, 'reaction.add', { messageId, emoji: '👍' });
  expect((await newest()).map((message) => message?.reactions.length)).toEqual([1, 1, 1, 1]);
  await talk.post(max, channelId, 'a reply', { threadRootId: messageId });
  expect((await newest()).map((message) => message?.replyCount)).toEqual([1, 1, 1, 1]);
  await talk.ask(mia, 'message.delete', { messageId });
  expect((await newest()).every((message) => message?.deletedAt !== null)).toBe(true);
});

it('never gives a page to somebody who was removed, on any node', async () => {
  await latest(max);
  await talk.ask(mia, 'channel.removeMember', { channelId, userId: max.user.id });
  const attempts = urls.map((url) => call(url, max.accessToken, 'message.history', { channelId }));
  expect(await refusals(attempts)).toEqual(['not_found', 'not_found']);
});

it('tells pages of different lengths apart', async () => {
  for (const limit of [2, 3, 2, 3]) {
    const page = await talk.ask(max, 'message.history', { channelId, limit });
    expect([page.messages.length, page.hasMoreBefore]).toEqual([limit, limit < 3]);
  }
});

it('counts on from what is there, also where a page was read just before a message', async () => {
  const texts = Array.from({ length: 40 }, (_, index) => `n${index}`);
  const posts = texts.map((text) => {
    const reading = talk.ask(max, 'message.history', { channelId });
    const nonce = randomUUID();
    return Promise.all([reading, talk.ask(mia, 'message.post', { channelId, nonce, text })]);
  });
  await Promise.all(posts);
  const [page] = await latest(max);
  expect(page?.messages.map(({ number }) => number)).toEqual(
    Array.from({ length: 43 }, (_, index) => index + 1),
  );
});
