import { describe, expect, it } from 'vitest';
import type { EventOf } from '../protocol/events.ts';
import type { Message } from '../protocol/message.ts';
import { noMentions } from '../protocol/message.ts';
import { defaultPreferences } from '../protocol/preferences.ts';
import type { Conversation, State } from '../state/state.ts';
import { decide, isQuiet, type Attention } from './decide.ts';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const me = id(1);
const ada = id(2);
const channelId = id(3);
const at = '2026-11-24T09:00:00.000Z';

const user = {
  id: me,
  username: 'me',
  displayName: 'Me',
  role: 'member' as const,
  kind: 'human' as const,
  title: '',
  timezone: 'UTC',
  avatarFileId: null,
  status: null,
  deactivatedAt: null,
};

function conversation(
  kind: 'public' | 'direct',
  membership: Partial<Conversation['membership']> = {},
): Conversation {
  return {
    channel: {
      id: channelId,
      kind,
      name: 'general',
      topic: '',
      purpose: '',
      createdBy: ada,
      createdAt: at,
      archivedAt: null,
      messageCount: 7,
      memberCount: 2,
      lastMessageAt: at,
      postingPolicy: 'everyone',
      retentionDays: null,
      directUserIds: null,
    },
    membership: {
      channelId,
      userId: me,
      role: 'member',
      readThrough: 6,
      unreadCount: 1,
      mentionCount: 0,
      notify: 'default',
      muted: false,
      starred: false,
      section: null,
      joinedAt: at,
      ...membership,
    },
  };
}

function state(held: Conversation, preferences: Partial<State['preferences']> = {}): State {
  return {
    epoch: 'e',
    position: 10,
    me: user,
    users: new Map([[me, user]]),
    conversations: new Map([[channelId, held]]),
    preferences: { ...defaultPreferences, ...preferences },
    workspace: { id: id(9), name: 'Northwind', createdAt: at },
    needsSnapshot: false,
  };
}

function posted(message: Partial<Message> = {}): EventOf<'message.posted'> {
  return {
    position: 10,
    audience: `channel:${channelId}`,
    type: 'message.posted',
    at,
    actorId: ada,
    data: {
      message: {
        id: id(5),
        channelId,
        number: 7,
        authorId: ada,
        kind: 'text',
        text: 'The deploy is done.',
        threadRootId: null,
        threadNumber: null,
        replyCount: 0,
        lastReplyAt: null,
        replyUserIds: [],
        createdAt: at,
        editedAt: null,
        deletedAt: null,
        pinnedAt: null,
        pinnedBy: null,
        mentions: noMentions,
        files: [],
        previews: [],
        reactions: [],
        ...message,
      },
    },
  };
}

const away: Attention = { openChannelId: null, attentive: false, now: new Date(at) };
const mentioned = { mentions: { ...noMentions, userIds: [me] } };

describe('decide', () => {
  it.each([
    ['a direct message', posted(), conversation('direct'), {}, away, true, 'direct'],
    ['a mention', posted(mentioned), conversation('public'), {}, away, true, 'mention'],
    [
      'a message without a mention',
      posted(),
      conversation('public'),
      {},
      away,
      false,
      'no_mention',
    ],
    [
      'every message, where wanted',
      posted(),
      conversation('public', { notify: 'all' }),
      {},
      away,
      true,
      'all_messages',
    ],
    [
      'every message, by preference',
      posted(),
      conversation('public'),
      { notify: 'all' as const },
      away,
      true,
      'all_messages',
    ],
    [
      'a reply in its thread',
      posted({ number: null }),
      conversation('public', { notify: 'all' }),
      {},
      away,
      false,
      'in_thread',
    ],
    [
      'a keyword',
      posted(),
      conversation('public'),
      { keywords: ['Deploy'] },
      away,
      true,
      'keyword',
    ],
    [
      'part of a word',
      posted(),
      conversation('public'),
      { keywords: ['dep'] },
      away,
      false,
      'no_mention',
    ],
    [
      'one’s own message',
      posted({ authorId: me }),
      conversation('direct'),
      {},
      away,
      false,
      'own_message',
    ],
    [
      'a muted conversation',
      posted(mentioned),
      conversation('public', { muted: true }),
      {},
      away,
      false,
      'muted',
    ],
    [
      'nothing wanted',
      posted(mentioned),
      conversation('public', { notify: 'nothing' }),
      {},
      away,
      false,
      'nothing_here',
    ],
    [
      'what was read elsewhere',
      posted(),
      conversation('direct', { readThrough: 7 }),
      {},
      away,
      false,
      'read_elsewhere',
    ],
    [
      'what is on screen',
      posted(),
      conversation('direct'),
      {},
      { ...away, attentive: true, openChannelId: channelId },
      false,
      'seen',
    ],
    [
      'what is open in a window that nobody looks at',
      posted(),
      conversation('direct'),
      {},
      { ...away, openChannelId: channelId },
      true,
      'direct',
    ],
    [
      'old news',
      posted(),
      conversation('direct'),
      {},
      { ...away, now: new Date('2026-11-26T09:00:00Z') },
      false,
      'late',
    ],
  ] as const)('%s', (_name, event, held, preferences, attention, show, reason) => {
    const chosen = {
      ...preferences,
      ...('keywords' in preferences && { keywords: [...preferences.keywords] }),
    };
    expect(decide(event, state(held, chosen), attention)).toEqual({ show, reason });
  });

  it('keeps quiet in quiet hours', () => {
    const quietHours = { ...defaultPreferences.quietHours, enabled: true };
    const night = { ...away, now: new Date('2026-11-24T22:00:00Z') };
    const decision = decide(
      posted({ createdAt: '2026-11-24T21:59:00.000Z' }),
      state(conversation('direct'), { quietHours }),
      night,
    );
    expect(decision).toEqual({ show: false, reason: 'quiet_hours' });
  });
});

describe('quiet hours', () => {
  const hours = (overrides: object) => ({
    ...defaultPreferences.quietHours,
    enabled: true,
    ...overrides,
  });

  it('run over midnight and end in the morning', () => {
    const quiet = hours({ timezone: 'Europe/Lisbon' });
    expect(isQuiet(quiet, new Date('2026-11-24T19:59:00Z'))).toBe(false);
    expect(isQuiet(quiet, new Date('2026-11-24T20:00:00Z'))).toBe(true);
    expect(isQuiet(quiet, new Date('2026-11-25T07:59:00Z'))).toBe(true);
    expect(isQuiet(quiet, new Date('2026-11-25T08:00:00Z'))).toBe(false);
  });

  it('follow the weekday and the clock of their zone', () => {
    const week = {
      ...defaultPreferences.quietHours.week,
      sat: { from: '00:00', to: '23:59' },
      fri: null,
    };
    const quiet = hours({ timezone: 'Asia/Tokyo', week });
    // Friday noon UTC is Friday 21:00 in Tokyo; Friday 16:00 UTC is Saturday 01:00 there.
    expect(isQuiet(quiet, new Date('2026-11-27T12:00:00Z'))).toBe(false);
    expect(isQuiet(quiet, new Date('2026-11-27T16:00:00Z'))).toBe(true);
    expect(isQuiet({ ...quiet, enabled: false }, new Date('2026-11-27T16:00:00Z'))).toBe(false);
  });
});
