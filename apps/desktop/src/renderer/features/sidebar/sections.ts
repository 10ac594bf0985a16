import { badge, speakingCount } from '@parley/shared/state/badge.ts';
import type { Conversation, State } from '../../sync/client.ts';
import { conversationName } from '../../messages.ts';

export type SidebarRow = {
  id: string;
  name: string;
  conversation: Conversation;
  isUnread: boolean;
  /** Messages that speak to the person: shown in a filled badge. */
  count: number;
};

export type SectionName = 'starred' | 'channels' | 'direct';
export type Section = { name: SectionName; rows: SidebarRow[] };

function isDirect({ channel }: Conversation): boolean {
  return channel.kind === 'direct' || channel.kind === 'group';
}

export function toRow(conversation: Conversation, state: State): SidebarRow {
  const { channel, membership } = conversation;
  return {
    id: channel.id,
    name: conversationName(channel, state.me.id, state.users),
    conversation,
    isUnread: membership.unreadCount > 0 && !membership.muted,
    count: membership.muted ? membership.mentionCount : speakingCount(conversation),
  };
}

function sectionOf(conversation: Conversation): SectionName {
  if (conversation.membership.starred) return 'starred';
  return isDirect(conversation) ? 'direct' : 'channels';
}

const byName = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

/** Direct conversations by what was said last; channels by name, muted ones after the others. */
function compare(section: SectionName, a: SidebarRow, b: SidebarRow): number {
  if (section === 'direct') {
    const last = ({ conversation: { channel } }: SidebarRow) =>
      channel.lastMessageAt ?? channel.createdAt;
    return last(a) < last(b) ? 1 : -1;
  }
  const muted = Number(a.conversation.membership.muted) - Number(b.conversation.membership.muted);
  return muted || byName.compare(a.name, b.name);
}

/** Archived channels and silent direct conversations stay out, unless they are open or have a draft. */
function belongs(row: SidebarRow, keep: (channelId: string) => boolean): boolean {
  const { channel } = row.conversation;
  if (row.isUnread || keep(row.id)) return true;
  if (channel.archivedAt !== null) return false;
  return !(channel.kind === 'direct' || channel.kind === 'group') || channel.messageCount > 0;
}

type Options = {
  state: State;
  /** Only what has something unread. */
  unreadOnly: boolean;
  /** What stays whatever the filter: the open conversation, those with drafts. */
  keep: (channelId: string) => boolean;
  /** What was shown before. A row of which nothing has changed stays the same one, so that it is not drawn anew. */
  before?: readonly Section[];
};

/** The sections of the sidebar in their order, each with its rows in theirs. */
export function buildSections({ state, unreadOnly, keep, before = [] }: Options): Section[] {
  const known = new Map(before.flatMap(({ rows }) => rows.map((row) => [row.id, row])));
  const sections: Section[] = [
    { name: 'starred', rows: [] },
    { name: 'channels', rows: [] },
    { name: 'direct', rows: [] },
  ];
  for (const conversation of state.conversations.values()) {
    const made = toRow(conversation, state);
    const old = known.get(made.id);
    // The rest follows from the conversation.
    const row = old?.conversation === conversation && old.name === made.name ? old : made;
    const shown = unreadOnly ? row.isUnread || row.count > 0 || keep(row.id) : belongs(row, keep);
    if (!shown) continue;
    sections.find(({ name }) => name === sectionOf(conversation))?.rows.push(row);
  }
  for (const section of sections) section.rows.sort((a, b) => compare(section.name, a, b));
  return sections;
}

/** How many conversations have something unread, as the tray counts them. */
export function unreadTotal(state: State): number {
  return badge(state).unread;
}
