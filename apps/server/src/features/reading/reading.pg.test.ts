import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPreferences } from '@parley/shared/protocol/preferences.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations, headings, refusals } from '../../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';
import { users } from '../../database/schema.ts';

let server: TestServer;
let talk: Conversations;
let mia: SignedIn;
let max: SignedIn;
let zoe: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  mia = await server.register('mia');
  max = await server.register('max');
  zoe = await server.register('zoe');
});
afterAll(() => server.close());

/** A channel of both with so many messages of Max's, each of which mentions Mia. */
async function unreadChannel(count: number): Promise<string> {
  const { id } = await talk.channel(mia, 'private', [max]);
  for (let n = 1; n <= count; n += 1) await talk.post(max, id, `@mia number ${n}`);
  return id;
}

const mark = (channelId: string, number: number) =>
  talk.ask(mia, 'read.mark', { channelId, number });
const markUnread = (channelId: string, number: number) =>
  talk.ask(mia, 'read.markUnread', { channelId, number });

describe('read.mark', () => {
  it('goes forward to the end at most, tells the reader alone, and never goes back', async () => {
    const channelId = await unreadChannel(4);
    const first = await talk.telling(() => mark(channelId, 3));
    expect(first.output.membership).toMatchObject({
      readThrough: 3,
      unreadCount: 1,
      mentionCount: 1,
    });
    expect(first.told).toEqual([
      { type: 'read.updated', audience: `user:${mia.user.id}`, data: first.output },
    ]);
    expect(await talk.telling(() => mark(channelId, 1))).toEqual({
      output: first.output,
      told: [],
    });
    const last = await mark(channelId, 1_000);
    expect(last.membership).toMatchObject({ readThrough: 4, unreadCount: 0, mentionCount: 0 });
    expect((await talk.telling(() => mark(channelId, 1_001))).told).toEqual([]);
  });

  it('is for those in the channel', async () => {
    const open = await talk.channel(mia, 'public');
    const shut = await talk.channel(mia, 'private');
    const attempts = [open, shut].map(({ id: channelId }) =>
      talk.ask(zoe, 'read.mark', { channelId, number: 1 }),
    );
    expect(await refusals(attempts)).toEqual(['forbidden not_a_member', 'not_found']);
  });
});

describe('read.markUnread', () => {
  it('makes a message and all after it unread again', async () => {
    const channelId = await unreadChannel(4);
    await mark(channelId, 4);
    const { output, told } = await talk.telling(() => markUnread(channelId, 2));
    expect(output.membership).toMatchObject({ readThrough: 1, unreadCount: 3, mentionCount: 3 });
    expect(headings(told)).toEqual([['read.updated', `user:${mia.user.id}`]]);
    expect((await talk.telling(() => markUnread(channelId, 2))).told).toEqual([]);
    expect(await refusals([markUnread(channelId, 5)])).toEqual(['invalid_input']);
  });
});

describe('unread counts', () => {
  it('leave out own and deleted messages and replies in threads, and follow edits', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const root = await talk.post(max, channelId, 'one');
    const second = await talk.post(max, channelId, '@mia two');
    await talk.post(max, channelId, '@here three');
    await talk.post(max, channelId, '@mia in a thread', { threadRootId: root.id });
    const own = await talk.post(mia, channelId, 'mine reads all before it');
    expect(own.number).toBe(4);
    expect(await talk.membership(mia, channelId)).toMatchObject({ readThrough: 4, unreadCount: 0 });
    await markUnread(channelId, 1);
    const counts = async () => {
      const { unreadCount, mentionCount } = await talk.membership(mia, channelId);
      return [unreadCount, mentionCount];
    };
    expect(await counts()).toEqual([3, 2]);
    await talk.ask(max, 'message.edit', { messageId: root.id, text: 'one, @mia' });
    expect(await counts()).toEqual([3, 3]);
    await talk.ask(max, 'message.edit', { messageId: second.id, text: 'two' });
    expect(await counts()).toEqual([3, 2]);
    await talk.ask(max, 'message.delete', { messageId: root.id });
    expect(await counts()).toEqual([2, 1]);
    const also = { threadRootId: second.id, alsoToChannel: true };
    await talk.post(max, channelId, '@mia both', also);
    expect(await counts()).toEqual([3, 2]);
  });
});

describe('read.markAll', () => {
  it('tells once of each conversation that had something unread', async () => {
    await talk.ask(zoe, 'read.markAll', {});
    const made = [1, 2, 3].map(() => talk.channel(zoe, 'private', [max]));
    const [one, two, three] = await Promise.all(made);
    if (!one || !two || !three) throw new Error('three channels');
    await talk.post(max, one.id, 'unread');
    await talk.post(max, two.id, 'unread');
    const theirs = await talk.membership(max, two.id);
    const { output, told } = await talk.telling(() => talk.ask(zoe, 'read.markAll', {}));
    const changed = output.memberships.map(({ channelId }) => channelId).sort();
    expect(changed).toEqual([one.id, two.id].sort());
    for (const membership of output.memberships) {
      expect(membership).toMatchObject({ readThrough: 1, unreadCount: 0 });
    }
    const audience = `user:${zoe.user.id}`;
    expect(told).toEqual(
      output.memberships.map((membership) => ({
        type: 'read.updated',
        audience,
        data: { membership },
      })),
    );
    expect(await talk.membership(max, two.id)).toEqual(theirs);
    const again = await talk.telling(() => talk.ask(zoe, 'read.markAll', {}));
    expect(again).toEqual({ output: { memberships: [] }, told: [] });
  });
});

describe('thread.markRead', () => {
  it('goes forward to the last reply at most and never back', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const root = await talk.post(max, channelId, 'root');
    const replies = [];
    for (const text of ['a', 'b', 'c']) {
      replies.push(await talk.post(max, channelId, text, { threadRootId: root.id }));
    }
    const read = (messageId: string, number: number) =>
      talk.telling(() => talk.ask(mia, 'thread.markRead', { messageId, number }));
    const first = await read(root.id, 2);
    expect(first.output).toEqual({ readThrough: 2 });
    expect(first.told).toEqual([
      {
        type: 'read.updated',
        audience: `user:${mia.user.id}`,
        data: { thread: { channelId, rootId: root.id, readThrough: 2 } },
      },
    ]);
    expect(await read(root.id, 1)).toEqual({ output: { readThrough: 2 }, told: [] });
    expect((await read(root.id, 99)).output).toEqual({ readThrough: 3 });
    const attempt = talk.ask(mia, 'thread.markRead', {
      messageId: replies[0]?.id ?? '',
      number: 1,
    });
    expect(await refusals([attempt])).toEqual(['invalid_input']);
    // No replies, nothing to read.
    const lonely = await talk.post(max, channelId, 'lonely');
    expect(await read(lonely.id, 5)).toEqual({ output: { readThrough: 0 }, told: [] });
  });
});

describe('preferences', () => {
  const get = async () => (await talk.ask(mia, 'preferences.get', {})).preferences;
  const set = (change: object) => talk.telling(() => talk.ask(mia, 'preferences.set', change));

  it('begin with the defaults, change part by part, and are told to their owner', async () => {
    expect(await get()).toEqual(defaultPreferences);
    const first = await set({ notify: 'all', keywords: ['ropes'] });
    const expected = { ...defaultPreferences, notify: 'all', keywords: ['ropes'] };
    expect(first.output.preferences).toEqual(expected);
    expect(first.told).toEqual([
      { type: 'preferences.updated', audience: `user:${mia.user.id}`, data: first.output },
    ]);
    const appearance = { theme: 'dark', density: 'compact', enterSends: false };
    await set({ appearance });
    expect(await get()).toEqual({ ...expected, appearance });
    expect((await talk.ask(max, 'preferences.get', {})).preferences).toEqual(defaultPreferences);
  });

  it('hold a pause until it is taken back, whatever else is changed', async () => {
    const doNotDisturbUntil = '2027-01-01T08:00:00.000Z';
    await set({ doNotDisturbUntil });
    await set({ notify: 'nothing' });
    expect(await get()).toMatchObject({ doNotDisturbUntil, notify: 'nothing' });
    await set({ doNotDisturbUntil: null });
    expect((await get()).doNotDisturbUntil).toBeNull();
  });

  it('that an older version kept get what was added since', async () => {
    const { doNotDisturbUntil: _, ...older } = defaultPreferences;
    // The column takes what an older version wrote.
    const preferences = { ...older, notify: 'all' } as typeof defaultPreferences;
    await server.db.update(users).set({ preferences }).where(eq(users.id, zoe.user.id));
    const expected = { ...defaultPreferences, notify: 'all' };
    expect((await talk.ask(zoe, 'preferences.get', {})).preferences).toEqual(expected);
    expect((await talk.ask(zoe, 'sync.bootstrap', {})).preferences).toEqual(expected);
  });

  it('tell of nothing when all is as it was, however it is written', async () => {
    const { quietHours } = defaultPreferences;
    const { enabled, timezone, week } = quietHours;
    const wanted = { ...quietHours, enabled: !enabled };
    expect((await set({ quietHours: wanted })).told).toHaveLength(1);
    expect((await set({ quietHours: wanted })).told).toEqual([]);
    expect((await set({ quietHours: { week, timezone, enabled: !enabled } })).told).toEqual([]);
    expect((await set({})).told).toEqual([]);
  });
});
