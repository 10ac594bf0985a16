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

const ids = (people: SignedIn[]) => people.map(({ user }) => user.id);
const add = (who: SignedIn, channelId: string, people: SignedIn[]) =>
  talk.ask(who, 'channel.addMembers', { channelId, userIds: ids(people) });
const remove = (who: SignedIn, channelId: string, whom: SignedIn) =>
  talk.ask(who, 'channel.removeMember', { channelId, userId: whom.user.id });

describe('channel.join', () => {
  it('begins with nothing unread, tells the person and then the channel, and does nothing twice', async () => {
    const { id: channelId } = await talk.channel(mia, 'public');
    await talk.post(mia, channelId, 'before');
    const join = () => talk.ask(max, 'channel.join', { channelId });
    const { output, told } = await talk.telling(join);
    expect(output.channel).toMatchObject({ memberCount: 2, messageCount: 1 });
    expect(output.membership).toMatchObject({ role: 'member', readThrough: 1, unreadCount: 0 });
    expect(headings(told)).toEqual([
      ['membership.added', `user:${max.user.id}`],
      ['member.joined', `channel:${channelId}`],
    ]);
    expect(told[0]?.data).toEqual(output);
    expect(told[1]?.data).toMatchObject({ memberCount: 2, user: { id: max.user.id } });
    expect(carriesEmail(told)).toBe(false);
    expect(await talk.telling(join)).toEqual({ output, told: [] });
  });

  it('is for public channels, and not for guests', async () => {
    const open = await talk.channel(mia, 'public');
    const shut = await talk.channel(mia, 'private');
    const direct = await talk.direct(mia, [max]);
    const attempts = [
      talk.ask(zoe, 'channel.join', { channelId: shut.id }),
      talk.ask(zoe, 'channel.join', { channelId: direct.id }),
      talk.ask(max, 'channel.join', { channelId: direct.id }),
      talk.ask(guest, 'channel.join', { channelId: open.id }),
    ];
    expect(await refusals(attempts)).toEqual([
      'not_found',
      'not_found',
      'conflict direct',
      'forbidden',
    ]);
  });
});

describe('channel.leave', () => {
  it('tells the person and then those who stay', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const { told } = await talk.telling(() => talk.ask(max, 'channel.leave', { channelId }));
    expect(told).toEqual([
      { type: 'membership.removed', audience: `user:${max.user.id}`, data: { channelId } },
      {
        type: 'member.left',
        audience: `channel:${channelId}`,
        data: { channelId, memberCount: 1, userId: max.user.id },
      },
    ]);
    expect(await refusals([talk.ask(max, 'channel.leave', { channelId })])).toEqual(['not_found']);
  });

  it('forgets what the person had set, and the last admin may do it', async () => {
    const { id: channelId } = await talk.channel(mia, 'public', [max]);
    await talk.ask(mia, 'membership.update', { channelId, starred: true, section: 'Mine' });
    await talk.ask(mia, 'channel.leave', { channelId });
    expect(await refusals([talk.ask(mia, 'channel.leave', { channelId })])).toEqual([
      'forbidden not_a_member',
    ]);
    await talk.post(max, channelId, 'while away');
    const { membership } = await talk.ask(mia, 'channel.join', { channelId });
    expect(membership).toMatchObject({
      role: 'member',
      starred: false,
      section: null,
      readThrough: 1,
      unreadCount: 0,
    });
  });

  it('is not possible in a direct conversation', async () => {
    const { id: channelId } = await talk.direct(mia, [max]);
    const group = await talk.direct(mia, [max, zoe]);
    const attempts = [
      talk.ask(mia, 'channel.leave', { channelId }),
      talk.ask(mia, 'channel.leave', { channelId: group.id }),
      add(mia, channelId, [zoe]),
      remove(mia, channelId, max),
      talk.ask(mia, 'channel.update', { channelId, topic: 'x' }),
      talk.ask(mia, 'channel.archive', { channelId }),
      talk.ask(mia, 'channel.setMemberRole', { channelId, userId: max.user.id, role: 'admin' }),
    ];
    expect(await refusals(attempts)).toEqual(attempts.map(() => 'conflict direct'));
  });
});

describe('channel.addMembers', () => {
  it('brings people in once, passing over those who are in', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const { output, told } = await talk.telling(() => add(mia, channelId, [max, zoe, guest, zoe]));
    expect(output.added).toEqual(ids([zoe, guest]));
    expect(headings(told)).toEqual([
      ['membership.added', `user:${zoe.user.id}`],
      ['membership.added', `user:${guest.user.id}`],
      ['member.joined', `channel:${channelId}`],
      ['member.joined', `channel:${channelId}`],
    ]);
    const { memberIds } = told[1]?.data as { memberIds: string[] };
    expect(memberIds).toEqual(ids([mia, max, zoe, guest]).sort());
    expect(carriesEmail(told)).toBe(false);
    expect((await talk.telling(() => add(mia, channelId, [zoe]))).told).toEqual([]);
  });

  it('passes over somebody who is in and was deactivated since', async () => {
    const leaver = await server.register('leaver');
    const { id: channelId } = await talk.channel(mia, 'private', [leaver]);
    await talk.ask(owner, 'user.deactivate', { userId: leaver.user.id });
    expect((await add(mia, channelId, [leaver, zoe])).added).toEqual(ids([zoe]));
    const other = await talk.channel(mia, 'private');
    expect(await refusals([add(mia, other.id, [leaver])])).toEqual(['conflict deactivated']);
  });

  it('is for those who are in and no guests, and adds all or nobody', async () => {
    const open = await talk.channel(mia, 'public', [guest]);
    const shut = await talk.channel(mia, 'private');
    const unknown = { channelId: open.id, userIds: [zoe.user.id, randomUUID()] };
    const attempts = [
      add(max, open.id, [zoe]),
      add(owner, open.id, [zoe]),
      add(guest, open.id, [mia]),
      add(max, shut.id, [zoe]),
      talk.ask(mia, 'channel.addMembers', unknown),
    ];
    expect(await refusals(attempts)).toEqual([
      'forbidden not_a_member',
      'forbidden not_a_member',
      'forbidden',
      'not_found',
      'not_found',
    ]);
    const { channel } = await talk.ask(mia, 'channel.get', { channelId: open.id });
    expect(channel.memberCount).toBe(2);
  });
});

describe('channel.removeMember', () => {
  it('is for admins of the channel', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max, zoe]);
    expect(await refusals([remove(max, channelId, zoe), remove(owner, channelId, zoe)])).toEqual([
      'forbidden',
      'not_found',
    ]);
    const { told } = await talk.telling(() => remove(mia, channelId, zoe));
    expect(headings(told)).toEqual([
      ['membership.removed', `user:${zoe.user.id}`],
      ['member.left', `channel:${channelId}`],
    ]);
    expect(await refusals([remove(mia, channelId, zoe)])).toEqual(['not_found']);
  });

  it('shuts the person out of everything there', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const message = await talk.post(max, channelId, 'mine');
    const reaction = { messageId: message.id, emoji: '👍' };
    await remove(mia, channelId, max);
    const attempts = [
      talk.ask(max, 'channel.get', { channelId }),
      talk.ask(max, 'channel.members', { channelId }),
      talk.ask(max, 'channel.join', { channelId }),
      talk.ask(max, 'message.history', { channelId }),
      talk.ask(max, 'message.history', { channelId, threadRootId: message.id }),
      talk.ask(max, 'message.get', { messageId: message.id }),
      talk.ask(max, 'message.revisions', { messageId: message.id }),
      talk.ask(max, 'message.edit', { messageId: message.id, text: 'other' }),
      talk.ask(max, 'message.delete', { messageId: message.id }),
      talk.ask(max, 'reaction.add', reaction),
      talk.ask(max, 'reaction.remove', reaction),
      talk.ask(max, 'read.mark', { channelId, number: 1 }),
      talk.ask(max, 'thread.markRead', { messageId: message.id, number: 1 }),
      talk.ask(max, 'typing.start', { channelId }),
      talk.post(max, channelId, 'again'),
    ];
    expect(await refusals(attempts)).toEqual(attempts.map(() => 'not_found'));
  });
});

describe('channel.setMemberRole', () => {
  const setRole = (who: SignedIn, channelId: string, whom: SignedIn, role: 'admin' | 'member') =>
    talk.ask(who, 'channel.setMemberRole', { channelId, userId: whom.user.id, role });

  it('makes admins and unmakes them, telling the person and the channel', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max, zoe]);
    const { output, told } = await talk.telling(() => setRole(mia, channelId, max, 'admin'));
    expect(output.member).toMatchObject({ userId: max.user.id, role: 'admin' });
    expect(headings(told)).toEqual([
      ['membership.updated', `user:${max.user.id}`],
      ['member.updated', `channel:${channelId}`],
    ]);
    expect(carriesEmail(told)).toBe(false);
    expect((await talk.telling(() => setRole(mia, channelId, max, 'admin'))).told).toEqual([]);
    await setRole(max, channelId, mia, 'member');
    expect(await refusals([setRole(mia, channelId, max, 'member')])).toEqual(['forbidden']);
  });

  it('is for admins, about members who are no guests', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max, guest]);
    const attempts = [
      setRole(max, channelId, max, 'admin'),
      setRole(mia, channelId, zoe, 'admin'),
      setRole(mia, channelId, guest, 'admin'),
    ];
    expect(await refusals(attempts)).toEqual(['forbidden', 'not_found', 'conflict guest']);
  });
});

describe('channel.members', () => {
  type Page = CommandOutput<'channel.members'>;

  it('pages in the order of ids, with addresses for admins alone', async () => {
    const people = [mia, max, zoe, guest];
    const { id: channelId } = await talk.channel(mia, 'public', people);
    const listed: string[] = [];
    let after: string | null = null;
    do {
      const input = { channelId, limit: 2, ...(after !== null && { after }) };
      const page: Page = await talk.ask(guest, 'channel.members', input);
      listed.push(...page.members.map(({ userId }) => userId));
      expect(page.members.every(({ user }) => user.email === undefined)).toBe(true);
      after = page.next;
    } while (after !== null);
    expect(listed).toEqual(ids(people).sort());
    const toOwner = await talk.ask(owner, 'channel.members', { channelId });
    expect(toOwner.members.every(({ user }) => user.email !== undefined)).toBe(true);
    expect(toOwner.members.find(({ userId }) => userId === mia.user.id)?.role).toBe('admin');
    expect(toOwner.next).toBeNull();
  });
});

describe('membership.update', () => {
  it("changes one's own view alone, and tells nobody else", async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    await talk.post(max, channelId, 'unread');
    const change = { notify: 'nothing', muted: true, starred: true, section: 'Work' } as const;
    const update = () => talk.ask(mia, 'membership.update', { channelId, ...change });
    const { output, told } = await talk.telling(update);
    expect(output.membership).toMatchObject({ ...change, unreadCount: 1 });
    expect(told).toEqual([
      { type: 'membership.updated', audience: `user:${mia.user.id}`, data: output },
    ]);
    expect(await talk.telling(update)).toEqual({ output, told: [] });
    const back = await talk.ask(mia, 'membership.update', { channelId, section: null });
    expect(back.membership).toMatchObject({ ...change, section: null });
    expect(await talk.membership(max, channelId)).toMatchObject({ muted: false, section: null });
  });
});
