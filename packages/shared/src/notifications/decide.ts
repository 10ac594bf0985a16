import type { Event } from '../protocol/events.ts';
import type { Id } from '../protocol/ids.ts';
import type { Message } from '../protocol/message.ts';
import type { Preferences } from '../protocol/preferences.ts';
import { mentionsUser } from '../state/apply.ts';
import type { Conversation } from '../state/state.ts';
import { hasKeyword } from './keywords.ts';
import { isQuiet } from './quiet-hours.ts';

/** Why a notification was shown. */
export const shownReasons = [
  'dm',
  'mention',
  'keyword',
  'thread',
  'thread_followed',
  'channel_all',
] as const;
/** Why none was shown. */
export const hiddenReasons = [
  'not_a_message',
  'own_message',
  'not_a_member',
  'already_read',
  'muted',
  'channel_nothing',
  'thread_not_followed',
  'thread_unfollowed',
  'mentions_only',
  'late',
  'seen',
  'do_not_disturb',
  'quiet_hours',
] as const;
export type ShownReason = (typeof shownReasons)[number];
export type HiddenReason = (typeof hiddenReasons)[number];
export type Decision = { show: true; reason: ShownReason } | { show: false; reason: HiddenReason };

/** A message that a resume brings after more than this is no news. */
const lateAfterMs = 24 * 3_600_000;

/** What the person is looking at. */
export type Attention = {
  /** The window is on screen and has the focus. */
  focused: boolean;
  /** Nobody has touched the computer for a while. */
  idle: boolean;
  locked: boolean;
  /** The conversation that is open, and the thread that is open beside it. */
  openChannelId: Id | null;
  openThreadRootId: Id | null;
};

/**
 * What one has to do with a thread: one chose to follow it, or not to; without a choice one has part in it by having
 * written its root or a reply, or by having been mentioned there, or has none.
 */
export type ThreadInterest = 'followed' | 'unfollowed' | 'part' | 'none';

/** What a decision depends on besides the event and the preferences. */
export type Context = {
  meId: Id;
  /** The message's conversation after the event; undefined when one is not in it. */
  conversation: Conversation | undefined;
  attention: Attention;
  /** Of a reply: what one has to do with its thread. */
  thread: ThreadInterest;
  /** Milliseconds since the epoch. */
  now: number;
};

/** Seen means: open, the window focused, somebody there. Read marks and notifications share this rule. */
export function isAttentive({ focused, idle, locked }: Attention): boolean {
  return focused && !idle && !locked;
}

/**
 * Whether an event notifies the person, and why (not). Pure. What the person has chosen is asked first, what
 * they see right now after it: the reason is the one that would still hold a minute later.
 */
export function decide(event: Event, preferences: Preferences, context: Context): Decision {
  if (event.type !== 'message.posted' || event.data.message.kind !== 'text') {
    return hide('not_a_message');
  }
  const { message } = event.data;
  if (message.authorId === context.meId) return hide('own_message');
  const { conversation } = context;
  if (!conversation) return hide('not_a_member');
  if (message.number !== null && message.number <= conversation.membership.readThrough) {
    return hide('already_read');
  }
  const interest = interestIn(message, conversation, preferences, context);
  if (!interest.show) return interest;
  if (context.now - Date.parse(message.createdAt) > lateAfterMs) return hide('late');
  if (isSeen(message, context.attention)) return hide('seen');
  const quiet = quietReason(preferences, context.now);
  return quiet ? hide(quiet) : interest;
}

/** Why nothing may notify at this moment, whatever it is (milliseconds since the epoch); null: something may. */
export function quietReason(
  { doNotDisturbUntil, quietHours }: Preferences,
  now: number,
): 'do_not_disturb' | 'quiet_hours' | null {
  if (doNotDisturbUntil !== null && Date.parse(doNotDisturbUntil) > now) return 'do_not_disturb';
  return isQuiet(quietHours, new Date(now)) ? 'quiet_hours' : null;
}

function hide(reason: HiddenReason): Decision {
  return { show: false, reason };
}

function show(reason: ShownReason): Decision {
  return { show: true, reason };
}

function interestIn(
  message: Message,
  { channel, membership }: Conversation,
  preferences: Preferences,
  { meId, thread }: Context,
): Decision {
  if (membership.muted) return hide('muted');
  const choice = membership.notify === 'default' ? preferences.notify : membership.notify;
  if (choice === 'nothing') return hide('channel_nothing');
  const isReply = message.threadRootId !== null;
  if (isReply && thread === 'unfollowed') {
    const isNamed = message.mentions.userIds.includes(meId);
    return isNamed ? show('mention') : hide('thread_unfollowed');
  }
  if (channel.kind === 'direct' || channel.kind === 'group') return show('dm');
  if (mentionsUser(message.mentions, meId)) return show('mention');
  if (hasKeyword(message.text, preferences.keywords)) return show('keyword');
  if (isReply && thread === 'followed') return show('thread_followed');
  if (isReply && thread === 'part') return show('thread');
  if (message.number === null) return hide('thread_not_followed');
  return choice === 'all' ? show('channel_all') : hide('mentions_only');
}

function isSeen(message: Message, attention: Attention): boolean {
  if (!isAttentive(attention)) return false;
  const inThread =
    message.threadRootId !== null && attention.openThreadRootId === message.threadRootId;
  const inChannel = message.number !== null && attention.openChannelId === message.channelId;
  return inThread || inChannel;
}
