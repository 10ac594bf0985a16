import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noMentions } from '@parley/shared/protocol/message.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations, headings, refusals } from '../../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';

let server: TestServer;
let talk: Conversations;
let owner: SignedIn;
let mia: SignedIn;
let max: SignedIn;
let zoe: SignedIn;
let guest: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  owner = server.owner;
  mia = await server.register('mia');
  max = await server.register('max');
  zoe = await server.register('zoe');
  guest = await server.register('gil', 'guest');
});
afterAll(() => server.close());

const get = async (who: SignedIn, messageId: string) =>
  (await talk.ask(who, 'message.get', { messageId })).message;
const edit = (who: SignedIn, messageId: string, text: string) =>
  talk.ask(who, 'message.edit', { messageId, text });
const erase = (who: SignedIn, messageId: string) => talk.ask(who, 'message.delete', { messageId });

describe('message.post', () => {
  it('numbers messages, tells the channel, and reads them for their author', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    await talk.post(max, channelId, 'first');
    const input = { channelId, nonce: randomUUID(), text: 'second' };
    const { output, told } = await talk.telling(() => talk.ask(mia, 'message.post', input));
    const { message } = output;
    expect(message).toMatchObject({
      number: 2,
      text: 'second',
      authorId: mia.user.id,
      nonce: input.nonce,
      threadRootId: null,
      threadNumber: null,
      mentions: noMentions,
      reactions: [],
    });
    expect(told).toEqual([
      { type: 'message.posted', audience: `channel:${channelId}`, data: { message } },
    ]);
    const { channel, membership } = await talk.ask(mia, 'channel.get', { channelId });
    expect(channel).toMatchObject({ messageCount: 2, lastMessageAt: message.createdAt });
    expect(membership).toMatchObject({ readThrough: 2, unreadCount: 0 });
    expect(await talk.membership(max, channelId)).toMatchObject({ readThrough: 1, unreadCount: 1 });
  });

  it('tells the position of its event', async () => {
    const { id: channelId } = await talk.channel(mia, 'private');
    const { epoch, position: after } = await talk.ask(mia, 'sync.bootstrap', {});
    const input = { channelId, nonce: randomUUID(), text: 'where' };
    const { position } = await talk.ask(mia, 'message.post', input);
    const { events } = await talk.ask(mia, 'sync.events', { epoch, after });
    expect(events.find(({ type }) => type === 'message.posted')?.position).toBe(position);
  });

  it('is for those in the channel', async () => {
    const open = await talk.channel(mia, 'public');
    const shut = await talk.channel(mia, 'private');
    const attempts = [
      talk.post(max, open.id, 'x'),
      talk.post(owner, open.id, 'x'),
      talk.post(max, shut.id, 'x'),
      talk.post(guest, open.id, 'x'),
      talk.post(mia, open.id, 'x', { alsoToChannel: true }),
    ];
    expect(await refusals(attempts)).toEqual([
      'forbidden not_a_member',
      'forbidden not_a_member',
      'not_found',
      'not_found',
      'invalid_input',
    ]);
  });

  it('is for admins where only they may post, and for all in threads there', async () => {
    const { id: channelId } = await talk.channel(mia, 'public', [max, owner]);
    const root = await talk.post(mia, channelId, 'news');
    await talk.ask(mia, 'channel.update', { channelId, postingPolicy: 'admins' });
    expect(await refusals([talk.post(max, channelId, 'x')])).toEqual(['forbidden posting_policy']);
    await talk.post(owner, channelId, 'more news');
    await talk.post(max, channelId, 'a question', { threadRootId: root.id });
    // A reply that goes to the channel too is a post in the channel.
    const both = { threadRootId: root.id, alsoToChannel: true };
    expect(await refusals([talk.post(max, channelId, 'x', both)])).toEqual([
      'forbidden posting_policy',
    ]);
    await talk.post(owner, channelId, 'an answer', both);
  });

  it('shows the nonce to its author alone', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const message = await talk.post(mia, channelId, 'secret nonce');
    await talk.post(mia, channelId, 'reply', { threadRootId: message.id });
    await edit(mia, message.id, 'other');
    const { epoch } = await talk.ask(max, 'sync.bootstrap', {});
    const seenBy = async (who: SignedIn) =>
      JSON.stringify([
        await talk.ask(who, 'message.history', { channelId }),
        await get(who, message.id),
        await talk.ask(who, 'sync.events', { epoch, after: 0, limit: 1000 }),
      ]).includes(message.nonce ?? 'none');
    expect([await seenBy(mia), await seenBy(max)]).toEqual([true, false]);
  });
});

describe('a nonce', () => {
  const send = (who: SignedIn, channelId: string, nonce: string, text = 'once') =>
    talk.ask(who, 'message.post', { channelId, nonce, text });

  it('gives a retry the first result, with the message as it is by now', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const nonce = randomUUID();
    const first = await send(mia, channelId, nonce);
    const again = await talk.telling(() => send(mia, channelId, nonce.toUpperCase()));
    expect(again).toEqual({ output: first, told: [] });
    await edit(mia, first.message.id, 'edited');
    await talk.ask(max, 'reaction.add', { messageId: first.message.id, emoji: '👍' });
    const later = await send(mia, channelId, nonce);
    expect(later.position).toBe(first.position);
    expect(later.message).toEqual(await get(mia, first.message.id));
    expect((await talk.ask(mia, 'channel.get', { channelId })).channel.messageCount).toBe(1);
  });

  it('counts once when many retries come at once', async () => {
    const { id: channelId } = await talk.channel(mia, 'private');
    const nonce = randomUUID();
    const { output, told } = await talk.telling(() =>
      Promise.all(Array.from({ length: 20 }, () => send(mia, channelId, nonce))),
    );
    expect(new Set(output.map(({ message }) => message.id)).size).toBe(1);
    expect(new Set(output.map(({ position }) => position)).size).toBe(1);
    expect(told).toHaveLength(1);
  });

  it('belongs to its author and its content', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const nonce = randomUUID();
    const hers = await send(mia, channelId, nonce);
    const his = await send(max, channelId, nonce);
    expect(his.message.id).not.toBe(hers.message.id);
    const elsewhere = await talk.channel(mia, 'private');
    const attempts = [send(mia, channelId, nonce, 'other'), send(mia, elsewhere.id, nonce)];
    expect(await refusals(attempts)).toEqual(['conflict nonce_used', 'conflict nonce_used']);
  });

  it('is remembered where nothing can be posted any more, and not shown to who was removed', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const nonce = randomUUID();
    const first = await send(max, channelId, nonce);
    await talk.ask(mia, 'channel.archive', { channelId });
    expect(await send(max, channelId, nonce)).toEqual(first);
    await talk.ask(mia, 'channel.unarchive', { channelId });
    await talk.ask(mia, 'channel.removeMember', { channelId, userId: max.user.id });
    expect(await refusals([send(max, channelId, nonce)])).toEqual(['not_found']);
  });
});

describe('mentions', () => {
  const mentioned = async (channelId: string, text: string) =>
    (await talk.post(mia, channelId, text)).mentions;

  it('are of active people in the channel', async () => {
    const leaver = await server.register('leaver');
    const { id: channelId } = await talk.channel(mia, 'private', [max, guest, leaver]);
    await talk.ask(owner, 'user.deactivate', { userId: leaver.user.id });
    const mentions = await mentioned(channelId, '@max @gil @zoe @leaver @nobody @mia, hello');
    const expected = [max, guest, mia].map(({ user }) => user.id).sort();
    expect(mentions).toEqual({ ...noMentions, userIds: expected });
  });

  it('are of all or of those who are here, and never inside code', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    expect(await mentioned(channelId, 'all of you: @channel')).toEqual({
      ...noMentions,
      channel: true,
    });
    expect(await mentioned(channelId, '@here!')).toEqual({ ...noMentions, here: true });
    expect(await mentioned(channelId, '`@max` and mail@max.example')).toEqual(noMentions);
  });
});

describe('message.edit', () => {
  it('changes text and mentions, keeps what it said, and tells the mentions before', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max, zoe]);
    const before = await talk.post(mia, channelId, '@max one');
    const { output, told } = await talk.telling(() => edit(mia, before.id, '@zoe two'));
    const { message } = output;
    expect(message).toMatchObject({ text: '@zoe two', number: before.number });
    expect(message.mentions.userIds).toEqual([zoe.user.id]);
    expect(message.editedAt).not.toBeNull();
    const data = { message, before: { mentions: before.mentions } };
    expect(told).toEqual([{ type: 'message.edited', audience: `channel:${channelId}`, data }]);
    const again = await talk.telling(() => edit(mia, before.id, '@zoe two'));
    expect(again).toEqual({ output, told: [] });
    await edit(mia, before.id, 'three');
    const { revisions } = await talk.ask(max, 'message.revisions', { messageId: before.id });
    expect(revisions).toEqual([
      { text: '@max one', editedBy: mia.user.id, at: before.createdAt },
      { text: '@zoe two', editedBy: mia.user.id, at: message.editedAt },
    ]);
  });

  it('is for the author, while the message is there', async () => {
    const { id: channelId } = await talk.channel(mia, 'public', [max]);
    const message = await talk.post(max, channelId, 'mine');
    const gone = await talk.post(max, channelId, 'gone');
    await erase(max, gone.id);
    const attempts = [
      edit(mia, message.id, 'x'),
      edit(zoe, message.id, 'x'),
      edit(guest, message.id, 'x'),
      edit(max, gone.id, 'x'),
    ];
    expect(await refusals(attempts)).toEqual([
      'forbidden',
      'forbidden not_a_member',
      'not_found',
      'conflict deleted',
    ]);
  });
});

describe('message.delete', () => {
  it('leaves the number and nothing of the message', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const before = await talk.post(mia, channelId, '@max secret');
    const edited = await edit(mia, before.id, '@max @mia secret');
    await talk.ask(max, 'reaction.add', { messageId: before.id, emoji: '👍' });
    const { output, told } = await talk.telling(() => erase(mia, before.id));
    const { message } = output;
    expect(message).toMatchObject({
      number: before.number,
      text: '',
      mentions: noMentions,
      reactions: [],
    });
    expect(message.deletedAt).not.toBeNull();
    const data = { message, before: { mentions: edited.message.mentions } };
    expect(told).toEqual([{ type: 'message.deleted', audience: `channel:${channelId}`, data }]);
    expect(await talk.telling(() => erase(mia, before.id))).toEqual({ output, told: [] });
    const { revisions } = await talk.ask(max, 'message.revisions', { messageId: before.id });
    expect(revisions).toEqual([]);
    const { messages } = await talk.ask(max, 'message.history', { channelId });
    expect(messages).toMatchObject([{ number: before.number, text: '', reactions: [] }]);
    // The next message does not take its number.
    expect((await talk.post(mia, channelId, 'next')).number).toBe((before.number ?? 0) + 1);
  });

  it('is for its author, admins of the channel, and admins of the workspace who are in it', async () => {
    const { id: channelId } = await talk.channel(mia, 'public', [max, zoe]);
    const messages = await Promise.all(
      ['a', 'b', 'c'].map((text) => talk.post(max, channelId, text)),
    );
    const [a, b, c] = messages.map(({ id }) => id);
    if (!a || !b || !c) throw new Error('three messages');
    const attempts = [erase(zoe, a), erase(owner, a), erase(guest, a)];
    expect(await refusals(attempts)).toEqual(['forbidden', 'forbidden not_a_member', 'not_found']);
    await erase(mia, a);
    await talk.ask(owner, 'channel.join', { channelId });
    const byOwner = await erase(owner, b);
    expect(byOwner.message).not.toHaveProperty('nonce');
    await erase(max, c);
    const { messages: left } = await talk.ask(max, 'message.history', { channelId });
    expect(left.map(({ text }) => text)).toEqual(['', '', '']);
  });
});

describe('message.get and message.revisions', () => {
  it('show what one may read, public channels before joining too', async () => {
    const { id: channelId } = await talk.channel(mia, 'public', [max]);
    const message = await talk.post(mia, channelId, 'one');
    await edit(mia, message.id, 'two');
    expect((await get(zoe, message.id)).text).toBe('two');
    const { revisions } = await talk.ask(zoe, 'message.revisions', { messageId: message.id });
    expect(revisions.map(({ text }) => text)).toEqual(['one']);
    const shut = await talk.channel(mia, 'private');
    const hidden = await talk.post(mia, shut.id, 'hidden');
    const attempts = [hidden.id, randomUUID()].flatMap((messageId) => [
      talk.ask(zoe, 'message.get', { messageId }),
      talk.ask(owner, 'message.revisions', { messageId }),
    ]);
    expect(await refusals(attempts)).toEqual(attempts.map(() => 'not_found'));
    expect(headings((await talk.telling(() => get(mia, message.id))).told)).toEqual([]);
  });
});
