import type { State } from './state.ts';

/** What the tray, the dock and the launcher show. */
export type Badge = { unread: number; mentions: number };

/**
 * A pure function of the counts that the server gave: conversations with something unread, and the messages
 * that speak to the person (mentions, and everything in direct conversations). Muted conversations do not count;
 * those set to notify of nothing count their mentions.
 */
export function badge(state: State): Badge {
  let unread = 0;
  let mentions = 0;
  for (const { channel, membership } of state.conversations.values()) {
    const isDirect = channel.kind === 'direct' || channel.kind === 'group';
    if (membership.muted) continue;
    if (membership.unreadCount > 0) unread += 1;
    const speaksToMe = isDirect && membership.notify !== 'nothing';
    mentions += speaksToMe ? membership.unreadCount : membership.mentionCount;
  }
  return { unread, mentions };
}
