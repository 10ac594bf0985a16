import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { carriesEmail, Conversations, headings, refusals } from '../../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';

let server: TestServer;
let talk: Conversations;
let owner: SignedIn;
let mia: SignedIn;
let max: SignedIn;
let guest: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  owner = server.owner;
  mia = await server.register('mia');
  max = await server.register('max');
  guest = await server.register('gil', 'guest');
});
afterAll(() => server.close());

const create = (kind: 'public' | 'private', name: string, people: SignedIn[] = []) =>
  talk.ask(mia, 'channel.create', { kind, name, userIds: people.map(({ user }) => user.id) });

describe('channel.create', () => {
  it('makes a public channel with its maker as admin and tells members', async () => {
    const { output, told } = await talk.telling(() => create('public', 'quay', [max]));
    const { channel, membership } = output;
    expect(channel).toMatchObject({ kind: 'public', name: 'quay', memberCount: 2 });
    expect(membership).toMatchObject({ role: 'admin', unreadCount: 0, readThrough: 0 });
    expect(headings(told)).toEqual([
      ['membership.added', `user:${mia.user.id}`],
      ['member.joined', `channel:${channel.id}`],
      ['membership.added', `user:${max.user.id}`],
      ['member.joined', `channel:${channel.id}`],
      ['channel.created', 'members'],
    ]);
    expect(told.at(-1)?.data).toEqual({ channel });
    expect(carriesEmail(told)).toBe(false);
  });

  it('tells a guest in it of everybody there, once they are in', async () => {
    const { output, told } = await talk.telling(() => create('public', 'pier', [max, guest]));
    const { channel } = output;
    expect(headings(told).slice(-2)).toEqual([
      ['channel.created', 'members'],
      ['channel.created', `channel:${channel.id}`],
    ]);
    const added = told.filter(({ type }) => type === 'membership.added');
    expect(added.map(({ data }) => 'users' in data)).toEqual([false, false, true]);
    const people = [mia, max, guest].map(({ user }) => user.id).sort();
    const { memberIds, users } = added[2]?.data as { memberIds: string[]; users: { id: string }[] };
    expect(memberIds).toEqual(people);
    expect(users.map(({ id }) => id).sort()).toEqual(people);
    expect(carriesEmail(told)).toBe(false);
  });

  it('tells of a private channel nobody but those in it', async () => {
    const { output, told } = await talk.telling(() => create('private', 'cabin', [max]));
    const inside = [
      `channel:${output.channel.id}`,
      ...[mia, max].map(({ user }) => `user:${user.id}`),
    ];
    expect(inside).toEqual(expect.arrayContaining(told.map(({ audience }) => audience)));
    expect(told.at(-1)?.type).toBe('channel.created');
  });

  it('counts nobody twice, its maker neither', async () => {
    const { channel } = await create('private', 'twice', [max, mia, max]);
    expect(channel.memberCount).toBe(2);
  });

  it('needs people who exist and are active, and leaves nothing behind without them', async () => {
    const nobody = { kind: 'public' as const, name: 'nobody', userIds: [randomUUID()] };
    expect(await refusals([talk.ask(mia, 'channel.create', nobody)])).toEqual(['not_found']);
    const gone = await server.register('gone');
    await talk.ask(owner, 'user.deactivate', { userId: gone.user.id });
    await expect(create('public', 'nobody', [gone])).rejects.toMatchObject({
      code: 'conflict',
      reason: 'deactivated',
    });
    await expect(create('public', 'nobody')).resolves.toMatchObject({
      channel: { memberCount: 1 },
    });
  });

  it('takes a name once, archived and private channels and other spellings included', async () => {
    const { channel } = await create('private', 'o\ufb03ce');
    await talk.ask(mia, 'channel.archive', { channelId: channel.id });
    const attempt = talk.ask(max, 'channel.create', { kind: 'public', name: 'office' });
    await expect(attempt).rejects.toMatchObject({ code: 'conflict', reason: 'name_taken' });
  });

  it('gives a name to one of many who want it at once', async () => {
    const attempts = [mia, max, owner, mia].map((who) =>
      talk.ask(who, 'channel.create', { kind: 'public', name: 'wanted' }),
    );
    const taken = 'conflict name_taken';
    expect((await refusals(attempts)).sort()).toEqual([taken, taken, taken, 'done']);
  });
});

describe('channel.update', () => {
  const update = (who: SignedIn, channelId: string, change: object) =>
    talk.ask(who, 'channel.update', { channelId, ...change });
  const forbidden = { code: 'forbidden' };

  it('lets people in the channel change topic and purpose, guests and others not', async () => {
    const { id } = await talk.channel(mia, 'public', [max, guest]);
    const changed = await update(max, id, { topic: 'Ropes', purpose: 'All of them' });
    expect(changed.channel).toMatchObject({ topic: 'Ropes', purpose: 'All of them' });
    const outsider = await server.register('outsider');
    await expect(update(guest, id, { topic: 'x' })).rejects.toMatchObject(forbidden);
    await expect(update(outsider, id, { topic: 'x' })).rejects.toMatchObject(forbidden);
  });

  it('lets admins alone rename it and say who may post', async () => {
    const { id } = await talk.channel(mia, 'public', [max]);
    await expect(update(max, id, { name: 'mine' })).rejects.toMatchObject(forbidden);
    await expect(update(max, id, { postingPolicy: 'admins' })).rejects.toMatchObject(forbidden);
    const renamed = await update(mia, id, { name: 'ropes', postingPolicy: 'admins' });
    expect(renamed.channel).toMatchObject({ name: 'ropes', postingPolicy: 'admins' });
    // An owner of the workspace need not be in a public channel.
    expect((await update(owner, id, { topic: 'Knots' })).channel.topic).toBe('Knots');
  });

  it('is not for a guest who was an admin of the channel before', async () => {
    const was = await server.register('was');
    const { id } = await talk.channel(was, 'private', [max]);
    await talk.ask(owner, 'user.setRole', { userId: was.user.id, role: 'guest' });
    await expect(update(was, id, { name: 'still-mine' })).rejects.toMatchObject(forbidden);
    await expect(update(was, id, { topic: 'x' })).rejects.toMatchObject(forbidden);
    const remove = { channelId: id, userId: max.user.id };
    await expect(talk.ask(was, 'channel.removeMember', remove)).rejects.toMatchObject(forbidden);
  });

  it('tells those who know the channel, guests in it and nobody of a private one', async () => {
    const open = await talk.channel(mia, 'public', [max]);
    const withGuest = await talk.channel(mia, 'public', [guest]);
    const shut = await talk.channel(mia, 'private', [guest]);
    const toldOf = async (id: string) =>
      headings((await talk.telling(() => update(mia, id, { topic: 'New' }))).told);
    expect(await toldOf(open.id)).toEqual([['channel.updated', 'members']]);
    expect(await toldOf(withGuest.id)).toEqual([
      ['channel.updated', 'members'],
      ['channel.updated', `channel:${withGuest.id}`],
    ]);
    expect(await toldOf(shut.id)).toEqual([['channel.updated', `channel:${shut.id}`]]);
    // All is as asked for already.
    expect(await toldOf(shut.id)).toEqual([]);
  });

  it('keeps names apart, but not a channel from its own', async () => {
    const { id } = await talk.channel(mia, 'public', [], 'sloop');
    await talk.channel(mia, 'public', [], 'ketch');
    await expect(update(mia, id, { name: 'ketch' })).rejects.toMatchObject({
      code: 'conflict',
      reason: 'name_taken',
    });
    expect((await update(mia, id, { name: 'sloop' })).channel.name).toBe('sloop');
    // The same key in another spelling.
    expect((await update(mia, id, { name: '\uff53loop' })).channel.name).toBe('\uff53loop');
  });
});

describe('channel.archive and channel.unarchive', () => {
  it('are for admins, and do nothing twice', async () => {
    const { id } = await talk.channel(mia, 'public', [max]);
    const input = { channelId: id };
    await expect(talk.ask(max, 'channel.archive', input)).rejects.toMatchObject({
      code: 'forbidden',
    });
    const first = await talk.telling(() => talk.ask(mia, 'channel.archive', input));
    expect(headings(first.told)).toEqual([['channel.archived', 'members']]);
    const again = await talk.telling(() => talk.ask(owner, 'channel.archive', input));
    expect(again).toEqual({ output: first.output, told: [] });
    const back = await talk.telling(() => talk.ask(owner, 'channel.unarchive', input));
    expect(headings(back.told)).toEqual([['channel.updated', 'members']]);
    expect(back.output.channel.archivedAt).toBeNull();
    const twice = await talk.telling(() => talk.ask(owner, 'channel.unarchive', input));
    expect(twice).toEqual({ output: back.output, told: [] });
  });

  it('leave an archived channel to be read and left, and nothing else', async () => {
    const { id: channelId } = await talk.channel(mia, 'public', [max]);
    const mine = await talk.post(mia, channelId, 'mine');
    const his = await talk.post(max, channelId, 'his');
    await talk.ask(mia, 'reaction.add', { messageId: mine.id, emoji: '👍' });
    await talk.ask(mia, 'channel.archive', { channelId });
    const userId = max.user.id;
    const refused = [
      talk.post(mia, channelId, 'more'),
      talk.post(mia, channelId, 'more', { threadRootId: mine.id }),
      talk.ask(mia, 'message.edit', { messageId: mine.id, text: 'other' }),
      talk.ask(mia, 'message.delete', { messageId: his.id }),
      talk.ask(mia, 'reaction.add', { messageId: mine.id, emoji: '🎉' }),
      talk.ask(mia, 'reaction.remove', { messageId: mine.id, emoji: '👍' }),
      talk.ask(mia, 'channel.update', { channelId, topic: 'x' }),
      talk.ask(owner, 'channel.join', { channelId }),
      talk.ask(mia, 'channel.addMembers', { channelId, userIds: [owner.user.id] }),
      talk.ask(mia, 'channel.setMemberRole', { channelId, userId, role: 'admin' }),
      talk.ask(mia, 'typing.start', { channelId }),
    ];
    expect(await refusals(refused)).toEqual(refused.map(() => 'conflict archived'));
    await talk.ask(max, 'read.markUnread', { channelId, number: 1 });
    await talk.ask(max, 'read.mark', { channelId, number: 2 });
    await talk.ask(max, 'membership.update', { channelId, starred: true });
    await talk.ask(max, 'message.history', { channelId });
    await talk.ask(max, 'message.delete', { messageId: his.id });
    await talk.ask(max, 'channel.leave', { channelId });
  });
});

describe('channel.browse', () => {
  type Page = CommandOutput<'channel.browse'>;

  const names = async (who: SignedIn, input: object = {}) => {
    const { channels } = await talk.ask(who, 'channel.browse', input);
    return channels.map(({ channel }) => channel.name);
  };

  it('finds public channels by a part of their name or topic, without regard to case', async () => {
    await create('public', 'browse_one');
    await create('public', 'browse-two');
    await create('private', 'browse-hidden');
    const { channel } = await create('public', 'browse-old');
    await talk.ask(mia, 'channel.archive', { channelId: channel.id });
    expect(await names(max, { query: 'BROWSE' })).toEqual(['browse-two', 'browse_one']);
    // What is special to LIKE is not special here.
    expect(await names(max, { query: 'e_o' })).toEqual(['browse_one']);
    expect(await names(max, { query: '%' })).toEqual([]);
    expect(await names(max, { query: '\\' })).toEqual([]);
    await create('public', 'topical');
    const found = await talk.ask(max, 'channel.browse', { query: 'topical' });
    expect(found.channels).toMatchObject([{ joined: false }]);
    const channelId = found.channels[0]?.channel.id ?? '';
    await talk.ask(mia, 'channel.update', { channelId, topic: 'Überfahrt' });
    const byTopic = await talk.ask(mia, 'channel.browse', { query: 'überFAHRT' });
    expect(byTopic.channels).toMatchObject([{ channel: { id: channelId }, joined: true }]);
  });

  it('pages by name, with a bound that is known', async () => {
    const all = await names(mia);
    const paged: string[] = [];
    let after: string | null = null;
    do {
      const input = { limit: 2, ...(after !== null && { after }) };
      const page: Page = await talk.ask(mia, 'channel.browse', input);
      paged.push(...page.channels.map(({ channel }) => channel.name));
      after = page.next;
    } while (after !== null);
    expect(paged).toEqual(all);
    const keys = paged.map((name) => name.normalize('NFKC'));
    expect(keys).toEqual([...keys].sort());
    const hidden = await talk.channel(mia, 'private');
    for (const bound of [hidden.id, randomUUID()]) {
      const attempt = talk.ask(max, 'channel.browse', { after: bound });
      await expect(attempt).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('shows guests only what they are in', async () => {
    const visitor = await server.register('visitor', 'guest');
    expect(await names(visitor)).toEqual([]);
    const { channel } = await create('public', 'open-house', [visitor]);
    await create('private', 'closed-house', [visitor]);
    expect(await names(visitor)).toEqual([channel.name]);
  });
});

describe('channel.get', () => {
  it('tells a person their own place in it, or that they have none', async () => {
    const { id: channelId } = await talk.channel(mia, 'public', [max]);
    await talk.post(mia, channelId, '@max hello');
    const his = await talk.ask(max, 'channel.get', { channelId });
    expect(his.membership).toMatchObject({ unreadCount: 1, mentionCount: 1 });
    const theirs = await talk.ask(owner, 'channel.get', { channelId });
    expect(theirs).toMatchObject({ channel: { messageCount: 1 }, membership: null });
  });

  it('does not know private channels of others, nor to guests public ones', async () => {
    const shut = await talk.channel(mia, 'private', [max]);
    const open = await talk.channel(mia, 'public', [max]);
    const attempts = [
      talk.ask(owner, 'channel.get', { channelId: shut.id }),
      talk.ask(guest, 'channel.get', { channelId: shut.id }),
      talk.ask(guest, 'channel.get', { channelId: open.id }),
      talk.ask(owner, 'channel.archive', { channelId: shut.id }),
      talk.ask(guest, 'channel.members', { channelId: open.id }),
      talk.ask(guest, 'message.history', { channelId: open.id }),
    ];
    expect(await refusals(attempts)).toEqual(attempts.map(() => 'not_found'));
  });
});
