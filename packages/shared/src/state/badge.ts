import type { Conversation, State } from './state.ts';

/** What the tray, the dock and the launcher show. */
export type Badge = { unread: number; mentions: number };

/**
 * How many unread messages of a conversation speak to the person: mentions, and everything in a direct conversation that
 * notifies of something.
 */
export function speakingCount({ channel, membership }: Conversation): number {
  const isDirect = channel.kind === 'direct' || channel.kind === 'group';
  const allSpeak = isDirect && membership.notify !== 'nothing';
  return allSpeak ? membership.unreadCount : membership.mentionCount;
}

/**
 * A pure function of the counts that the server gave: conversations with something unread, and the messages
 * that speak to the person (mentions, and everything in direct conversations). Muted conversations do not count;
 * those set to notify of nothing count their mentions.
 */
export function badge(state: State): Badge {
  let unread = 0;
  let mentions = 0;
  for (const conversation of state.conversations.values()) {
    const { membership } = conversation;
    if (membership.muted) continue;
    if (membership.unreadCount > 0) unread += 1;
    mentions += speakingCount(conversation);
  }
  return { unread, mentions };
}
