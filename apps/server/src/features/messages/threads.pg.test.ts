import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations, headings, refusals } from '../../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';

let server: TestServer;
let talk: Conversations;
let mia: SignedIn;
let max: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  mia = await server.register('mia');
  max = await server.register('max');
});
afterAll(() => server.close());

async function thread() {
  const { id: channelId } = await talk.channel(mia, 'private', [max]);
  const root = await talk.post(mia, channelId, 'root');
  return { channelId, threadRootId: root.id };
}

const rootOf = async (messageId: string) =>
  (await talk.ask(mia, 'message.get', { messageId })).message;
const erase = (who: SignedIn, messageId: string) => talk.ask(who, 'message.delete', { messageId });

describe('a reply', () => {
  it('counts in its thread alone, and tells the channel of the thread', async () => {
    const { channelId, threadRootId } = await thread();
    const { output: reply, told } = await talk.telling(() =>
      talk.post(max, channelId, 'reply', { threadRootId }),
    );
    expect(reply).toMatchObject({ number: null, threadNumber: 1, threadRootId });
    const root = await rootOf(threadRootId);
    expect(root).toMatchObject({
      replyCount: 1,
      lastReplyAt: reply.createdAt,
      replyUserIds: [max.user.id],
    });
    const audience = `channel:${channelId}`;
    expect(told).toEqual([
      { type: 'message.posted', audience, data: { message: reply } },
      { type: 'thread.updated', audience, data: { root } },
    ]);
    const { channel, membership } = await talk.ask(mia, 'channel.get', { channelId });
    expect(channel).toMatchObject({ messageCount: 1, lastMessageAt: root.createdAt });
    expect(membership).toMatchObject({ readThrough: 1, unreadCount: 0 });
  });

  it('counts in both when it goes to the channel too', async () => {
    const { channelId, threadRootId } = await thread();
    await talk.post(max, channelId, 'timeline');
    await talk.post(max, channelId, 'first', { threadRootId });
    const both = await talk.post(max, channelId, 'both', { threadRootId, alsoToChannel: true });
    expect(both).toMatchObject({ number: 3, threadNumber: 2 });
    expect(await talk.membership(mia, channelId)).toMatchObject({ unreadCount: 2 });
  });

  it('has a root in the same channel that is there and no reply itself', async () => {
    const { channelId, threadRootId } = await thread();
    const reply = await talk.post(max, channelId, 'reply', { threadRootId });
    const gone = await talk.post(max, channelId, 'gone');
    await erase(max, gone.id);
    const elsewhere = await thread();
    const under = (id: string) => talk.post(mia, channelId, 'x', { threadRootId: id });
    const attempts = [randomUUID(), elsewhere.threadRootId, reply.id, gone.id].map(under);
    expect(await refusals(attempts)).toEqual([
      'not_found',
      'not_found',
      'conflict is_reply',
      'conflict deleted',
    ]);
    // A number is not spent on what was refused.
    expect((await under(threadRootId)).threadNumber).toBe(2);
  });

  it('shows the last five who replied, each once, latest first', async () => {
    const people = [mia, max];
    for (const name of ['ann', 'ben', 'cat', 'dan']) people.push(await server.register(name));
    const { id: channelId } = await talk.channel(mia, 'private', people.slice(1));
    const { id: threadRootId } = await talk.post(mia, channelId, 'root');
    for (const who of [...people, max, max]) {
      await talk.post(who, channelId, 'reply', { threadRootId });
    }
    const [, , ann, ben, cat, dan] = people;
    const expected = [max, dan, cat, ben, ann].map((who) => who?.user.id);
    expect(await rootOf(threadRootId)).toMatchObject({ replyCount: 8, replyUserIds: expected });
  });
});

describe('deleting', () => {
  it('a reply takes it from the count, and its number stays taken', async () => {
    const { channelId, threadRootId } = await thread();
    const first = await talk.post(mia, channelId, 'first', { threadRootId });
    const last = await talk.post(max, channelId, 'last', { threadRootId });
    const { told } = await talk.telling(() => erase(max, last.id));
    expect(headings(told)).toEqual([
      ['message.deleted', `channel:${channelId}`],
      ['thread.updated', `channel:${channelId}`],
    ]);
    const root = await rootOf(threadRootId);
    expect(told[1]?.data).toEqual({ root });
    // Who replied, and when last, is told by the replies that are left.
    expect(root).toMatchObject({
      replyCount: 1,
      lastReplyAt: first.createdAt,
      replyUserIds: [mia.user.id],
    });
    expect((await talk.telling(() => erase(max, last.id))).told).toEqual([]);
    expect((await talk.post(max, channelId, 'next', { threadRootId })).threadNumber).toBe(3);
    await erase(mia, first.id);
    const input = { channelId, threadRootId };
    const { messages } = await talk.ask(mia, 'message.history', input);
    expect(messages.map(({ threadNumber, text }) => [threadNumber, text])).toEqual([
      [1, ''],
      [2, ''],
      [3, 'next'],
    ]);
  });

  it('the only reply leaves a thread without replies', async () => {
    const { channelId, threadRootId } = await thread();
    const only = await talk.post(max, channelId, 'only', { threadRootId });
    await erase(max, only.id);
    expect(await rootOf(threadRootId)).toMatchObject({
      replyCount: 0,
      lastReplyAt: null,
      replyUserIds: [],
    });
  });

  it('the root keeps its replies', async () => {
    const { channelId, threadRootId } = await thread();
    const reply = await talk.post(max, channelId, 'reply', { threadRootId });
    await erase(mia, threadRootId);
    expect(await rootOf(threadRootId)).toMatchObject({ text: '', replyCount: 1 });
    const { messages } = await talk.ask(max, 'message.history', { channelId, threadRootId });
    expect(messages.map(({ id }) => id)).toEqual([reply.id]);
    await erase(max, reply.id);
    expect((await rootOf(threadRootId)).replyCount).toBe(0);
  });
});
