import { describe, expect, it } from 'vitest';
import type { Channel, Membership } from '@parley/shared/protocol/channel.ts';
import { defaultPreferences } from '@parley/shared/protocol/preferences.ts';
import type { User } from '@parley/shared/protocol/user.ts';
import type { Conversation, State } from '../../sync/client.ts';
import { buildSections, unreadTotal, type Section } from './sections.ts';

const person = (id: string, displayName: string): User => ({
  id,
  username: id,
  displayName,
  role: 'member',
  kind: 'human',
  title: '',
  timezone: 'UTC',
  avatarFileId: null,
  status: null,
  deactivatedAt: null,
});
const me = person('me', 'Mika');
const ada = person('ada', 'Ada Bell');
const ben = person('ben', 'Ben Cole');

function conversation(
  id: string,
  channel: Partial<Channel> = {},
  membership: Partial<Membership> = {},
): Conversation {
  return {
    channel: {
      id,
      kind: 'public',
      name: id,
      topic: '',
      purpose: '',
      createdBy: 'me',
      createdAt: '2026-01-01T00:00:00.000Z',
      archivedAt: null,
      messageCount: 1,
      memberCount: 2,
      lastMessageAt: null,
      postingPolicy: 'everyone',
      retentionDays: null,
      directUserIds: null,
      ...channel,
    },
    membership: {
      channelId: id,
      userId: 'me',
      role: 'member',
      readThrough: 0,
      unreadCount: 0,
      mentionCount: 0,
      notify: 'default',
      muted: false,
      starred: false,
      section: null,
      joinedAt: '2026-01-01T00:00:00.000Z',
      ...membership,
    },
  };
}

function stateOf(...conversations: Conversation[]): State {
  return {
    epoch: 'e',
    position: 1,
    me,
    users: new Map([me, ada, ben].map((user) => [user.id, user])),
    conversations: new Map(conversations.map((each) => [each.channel.id, each])),
    preferences: defaultPreferences,
    drafts: new Map(),
    threads: new Map(),
    workspace: { id: 'w', name: 'W', createdAt: '2026-01-01T00:00:00.000Z', readReceipts: false },
    needsSnapshot: false,
  };
}

function names(state: State, more: { unreadOnly?: boolean; open?: string } = {}) {
  const sections = buildSections({
    state,
    unreadOnly: more.unreadOnly ?? false,
    keep: (id) => id === more.open,
  });
  return Object.fromEntries(sections.map(({ name, rows }) => [name, rows.map((row) => row.name)]));
}

describe('buildSections', () => {
  it('puts everything in its section and order', () => {
    const state = stateOf(
      conversation('b10'),
      conversation('b9'),
      conversation('loud', {}, { muted: true }),
      conversation('fav', {}, { starred: true }),
      conversation('d1', {
        kind: 'direct',
        name: '',
        directUserIds: ['ada', 'me'],
        lastMessageAt: '2026-02-01T00:00:00.000Z',
      }),
      conversation('d2', {
        kind: 'group',
        name: '',
        directUserIds: ['ada', 'ben', 'me'],
        lastMessageAt: '2026-03-01T00:00:00.000Z',
      }),
    );
    expect(names(state)).toEqual({
      starred: ['fav'],
      channels: ['b9', 'b10', 'loud'],
      direct: ['Ada, Ben', 'Ada Bell'],
    });
  });

  it('leaves archived channels and empty direct conversations out, but for the open one', () => {
    const state = stateOf(
      conversation('old', { archivedAt: '2026-02-01T00:00:00.000Z' }),
      conversation('d1', { kind: 'direct', directUserIds: ['ada', 'me'], messageCount: 0 }),
    );
    expect(names(state)).toEqual({ starred: [], channels: [], direct: [] });
    expect(names(state, { open: 'old' }).channels).toEqual(['old']);
    expect(names(state, { open: 'd1' }).direct).toEqual(['Ada Bell']);
  });

  it('shows only what is unread when asked to', () => {
    const state = stateOf(
      conversation('quiet'),
      conversation('busy', {}, { unreadCount: 3, mentionCount: 1 }),
      conversation('muted', {}, { unreadCount: 3, muted: true }),
    );
    expect(names(state, { unreadOnly: true }).channels).toEqual(['busy']);
    expect(names(state, { unreadOnly: true, open: 'quiet' }).channels).toEqual(['busy', 'quiet']);
    expect(unreadTotal(state)).toBe(1);
  });

  it('keeps the rows of which nothing has changed', () => {
    const quiet = conversation('quiet');
    const direct = conversation('d', { kind: 'direct', directUserIds: ['ada', 'me'] });
    const build = (state: State, before?: readonly Section[]) =>
      buildSections({ state, unreadOnly: false, keep: () => false, ...(before && { before }) });
    const rowsOf = (sections: readonly Section[]) => sections.flatMap(({ rows }) => rows);
    const before = build(stateOf(quiet, conversation('busy'), direct));
    const busier = conversation('busy', {}, { unreadCount: 1 });
    const after = build(stateOf(quiet, busier, direct), before);
    const kept = rowsOf(after).filter((row) => rowsOf(before).includes(row));
    expect(kept.map(({ id }) => id)).toEqual(['quiet', 'd']);
    expect(rowsOf(after).find(({ id }) => id === 'busy')?.isUnread).toBe(true);
    const users = new Map([[ada.id, { ...ada, displayName: 'Ada King' }]]);
    const renamed = build({ ...stateOf(quiet, busier, direct), users }, after);
    expect(rowsOf(renamed).map(({ name }) => name)).toContain('Ada King');
  });

  it('counts mentions in channels, and everything in direct conversations', () => {
    const state = stateOf(
      conversation('c', {}, { unreadCount: 5, mentionCount: 2 }),
      conversation('d', { kind: 'direct', directUserIds: ['ada', 'me'] }, { unreadCount: 4 }),
    );
    const counts = buildSections({ state, unreadOnly: false, keep: () => false })
      .flatMap(({ rows }) => rows)
      .map(({ id, count }) => [id, count]);
    expect(counts).toEqual([
      ['c', 2],
      ['d', 4],
    ]);
  });
});
