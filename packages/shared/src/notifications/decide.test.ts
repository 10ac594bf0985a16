import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aConversation, aMessage, anEvent, idOf } from '../../test/entities.ts';
import type { Channel, Membership } from '../protocol/channel.ts';
import { noMentions, type Message } from '../protocol/message.ts';
import { defaultPreferences, type Preferences } from '../protocol/preferences.ts';
import {
  decide,
  hiddenReasons,
  shownReasons,
  type Attention,
  type Context,
  type ThreadInterest,
} from './decide.ts';

const me = idOf(1);
const other = idOf(2);
const channelId = idOf(100);
const rootId = idOf(200);
const away: Attention = {
  focused: false,
  idle: false,
  locked: false,
  openChannelId: null,
  openThreadRootId: null,
};
const mentioned = { ...noMentions, userIds: [me] };

type Case = {
  message?: Partial<Message>;
  channel?: Partial<Channel>;
  membership?: Partial<Membership>;
  preferences?: Partial<Preferences>;
  attention?: Partial<Attention>;
  thread?: ThreadInterest;
  now?: number;
};

function decideOn(given: Case) {
  const message = aMessage({ channelId, number: 7, authorId: other, ...given.message });
  const membership = { readThrough: 6, ...given.membership, userId: me };
  const context: Context = {
    meId: me,
    conversation: aConversation({ id: channelId, ...given.channel }, membership),
    attention: { ...away, ...given.attention },
    thread: given.thread ?? 'none',
    now: given.now ?? Date.parse('2026-03-02T09:00:01.000Z'),
  };
  const preferences = { ...defaultPreferences, ...given.preferences };
  return decide(anEvent('message.posted', { message }), preferences, context);
}

const threadReply = { number: null, threadRootId: rootId, threadNumber: 3 };
const looking = { focused: true, openChannelId: channelId };

describe('decide', () => {
  it.each<[string, Case, string]>([
    ['a message to oneself alone', { channel: { kind: 'direct' } }, 'dm'],
    ['a message in a small group', { channel: { kind: 'group' } }, 'dm'],
    [
      'a direct message although channels notify of mentions alone',
      { channel: { kind: 'direct' }, membership: { notify: 'mentions' } },
      'dm',
    ],
    ['a mention', { message: { mentions: mentioned } }, 'mention'],
    [
      'a mention of the channel',
      { message: { mentions: { ...noMentions, channel: true } } },
      'mention',
    ],
    [
      'a keyword',
      { message: { text: 'the Deploy failed' }, preferences: { keywords: ['deploy'] } },
      'keyword',
    ],
    ['a reply in a thread of mine', { message: threadReply, thread: 'part' }, 'thread'],
    [
      'a reply in a thread that one chose to follow',
      { message: threadReply, thread: 'followed' },
      'thread_followed',
    ],
    [
      'a mention by name in a thread that one chose not to follow',
      { message: { ...threadReply, mentions: mentioned }, thread: 'unfollowed' },
      'mention',
    ],
    ['any message where all are wanted', { membership: { notify: 'all' } }, 'channel_all'],
    [
      'any message where all are wanted everywhere',
      { preferences: { notify: 'all' } },
      'channel_all',
    ],
    [
      'a mention while idle',
      { message: { mentions: mentioned }, attention: { ...looking, idle: true } },
      'mention',
    ],
    [
      'a mention behind the lock',
      { message: { mentions: mentioned }, attention: { ...looking, locked: true } },
      'mention',
    ],
    [
      'a mention elsewhere',
      { message: { mentions: mentioned }, attention: { focused: true, openChannelId: idOf(101) } },
      'mention',
    ],
    [
      'a reply in a thread that is closed while its channel is open',
      { message: threadReply, thread: 'part', attention: looking },
      'thread',
    ],
  ])('shows %s', (_what, given, reason) => {
    expect(decideOn(given)).toEqual({ show: true, reason });
  });

  it.each<[string, Case, string]>([
    [
      'what one wrote oneself',
      { message: { authorId: me }, membership: { notify: 'all' } },
      'own_message',
    ],
    [
      'what the system says',
      { message: { kind: 'system' }, membership: { notify: 'all' } },
      'not_a_message',
    ],
    [
      'what was read on another device',
      { channel: { kind: 'direct' }, membership: { readThrough: 7 } },
      'already_read',
    ],
    [
      'mentions in a muted channel',
      { message: { mentions: mentioned }, membership: { muted: true } },
      'muted',
    ],
    [
      'a muted direct conversation',
      { channel: { kind: 'direct' }, membership: { muted: true } },
      'muted',
    ],
    [
      'mentions where nothing is wanted',
      { message: { mentions: mentioned }, membership: { notify: 'nothing' } },
      'channel_nothing',
    ],
    [
      'direct messages where nothing is wanted',
      { channel: { kind: 'direct' }, preferences: { notify: 'nothing' } },
      'channel_nothing',
    ],
    ['other messages where mentions are wanted', {}, 'mentions_only'],
    [
      'part of a word that holds a keyword',
      { message: { text: 'redeployed' }, preferences: { keywords: ['deploy'] } },
      'mentions_only',
    ],
    [
      'replies in threads of others',
      { message: threadReply, membership: { notify: 'all' } },
      'thread_not_followed',
    ],
    [
      'replies in a thread that one chose not to follow, where all are wanted',
      { message: threadReply, thread: 'unfollowed', membership: { notify: 'all' } },
      'thread_unfollowed',
    ],
    [
      'the same in a direct conversation, and in the channel as well',
      {
        message: { threadRootId: rootId },
        thread: 'unfollowed',
        channel: { kind: 'direct' },
      },
      'thread_unfollowed',
    ],
    [
      'a keyword or a mention of everybody in such a thread',
      {
        message: { ...threadReply, text: 'deploy', mentions: { ...noMentions, channel: true } },
        thread: 'unfollowed',
        preferences: { keywords: ['deploy'] },
      },
      'thread_unfollowed',
    ],
    [
      'replies in a thread that one follows where nothing is wanted',
      { message: threadReply, thread: 'followed', membership: { notify: 'nothing' } },
      'channel_nothing',
    ],
    [
      'replies in a thread that one follows in a muted channel',
      { message: threadReply, thread: 'followed', membership: { muted: true } },
      'muted',
    ],
    [
      'old news',
      { channel: { kind: 'direct' }, now: Date.parse('2026-03-03T09:00:01.000Z') },
      'late',
    ],
    ['what is on screen', { message: { mentions: mentioned }, attention: looking }, 'seen'],
    [
      'replies in the open thread',
      {
        message: threadReply,
        thread: 'followed',
        attention: { focused: true, openThreadRootId: rootId },
      },
      'seen',
    ],
  ])('does not show %s', (_what, given, reason) => {
    expect(decideOn(given)).toEqual({ show: false, reason });
  });

  it('knows the quiet hours of the person’s own time zone', () => {
    const preferences = {
      quietHours: { ...defaultPreferences.quietHours, enabled: true, timezone: 'Asia/Tokyo' },
    };
    const channel = { kind: 'direct' } as const;
    const ask = (now: string) =>
      decideOn({ channel, preferences, message: { createdAt: now }, now: Date.parse(now) }).reason;
    expect(ask('2026-03-04T10:59:00.000Z')).toBe('dm');
    expect(ask('2026-03-04T11:00:00.000Z')).toBe('quiet_hours');
    expect(ask('2026-03-04T22:59:00.000Z')).toBe('quiet_hours');
    expect(ask('2026-03-04T23:00:00.000Z')).toBe('dm');
  });

  it('holds everything back during a pause, and not a moment longer', () => {
    const preferences = { doNotDisturbUntil: '2026-03-04T10:00:00.000Z' };
    const channel = { kind: 'direct' } as const;
    const ask = (now: string) =>
      decideOn({ channel, preferences, message: { createdAt: now }, now: Date.parse(now) }).reason;
    expect(ask('2026-03-04T09:59:59.999Z')).toBe('do_not_disturb');
    expect(ask('2026-03-04T10:00:00.000Z')).toBe('dm');
  });

  it('says nothing of conversations that one is not in, and of other events', () => {
    const context: Context = {
      meId: me,
      conversation: undefined,
      attention: away,
      thread: 'followed',
      now: 0,
    };
    const posted = anEvent('message.posted', { message: aMessage({ channelId }) });
    expect(decide(posted, defaultPreferences, context).reason).toBe('not_a_member');
    const removed = anEvent('membership.removed', { channelId });
    expect(decide(removed, defaultPreferences, context).reason).toBe('not_a_message');
  });

  it('gives one of the known reasons, and never speaks of a muted conversation or of oneself', () => {
    const bool = fc.boolean();
    const cases = fc.record({
      message: fc.record({
        authorId: fc.constantFrom(me, other),
        kind: fc.constantFrom('text' as const, 'system' as const),
        number: fc.constantFrom(null, 5, 7),
        threadRootId: fc.constantFrom(null, rootId),
        text: fc.string(),
        mentions: fc.constantFrom(noMentions, mentioned),
      }),
      channel: fc.record({ kind: fc.constantFrom('public', 'private', 'direct', 'group') }),
      membership: fc.record({
        muted: bool,
        notify: fc.constantFrom('all', 'mentions', 'nothing', 'default'),
      }),
      preferences: fc.record({
        notify: fc.constantFrom('all', 'mentions', 'nothing'),
        keywords: fc.array(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 3 }),
      }),
      attention: fc.record({
        focused: bool,
        idle: bool,
        locked: bool,
        openChannelId: fc.constantFrom(null, channelId),
        openThreadRootId: fc.constantFrom(null, rootId),
      }),
      thread: fc.constantFrom<ThreadInterest>('followed', 'unfollowed', 'part', 'none'),
    });
    fc.assert(
      fc.property(cases, (given) => {
        const decision = decideOn(given);
        const known: readonly string[] = decision.show ? shownReasons : hiddenReasons;
        expect(known).toContain(decision.reason);
        const silent =
          given.membership.muted ||
          given.message.authorId === me ||
          given.message.kind === 'system';
        if (silent) expect(decision.show).toBe(false);
      }),
    );
  });
});
