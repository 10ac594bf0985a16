import type { Id } from '@parley/shared/protocol/ids.ts';
import { fold } from '@parley/shared/text/fold.ts';
import { conversationName, messages, othersOf } from '../../messages.ts';
import type { State } from '../../sync/client.ts';
import { search } from '../../ui/fuzzy.ts';

export type Command = { id: string; label: string; keys?: string; run: () => void };

export type Entry =
  | {
      kind: 'conversation';
      key: string;
      label: string;
      note: string;
      channelId: Id;
      icon: 'hash' | 'lock' | 'group';
      unread: boolean;
      texts: readonly string[];
      rank: number;
    }
  | {
      kind: 'person';
      key: string;
      label: string;
      note: string;
      userId: Id;
      /** Their direct conversation, where there is one. */
      channelId: Id | null;
      unread: boolean;
      texts: readonly string[];
      rank: number;
    }
  | {
      kind: 'command';
      key: string;
      label: string;
      note: string;
      command: Command;
      texts: readonly string[];
      rank: number;
    };

/** Looks for what was typed in messages. */
export type SearchEntry = {
  kind: 'search';
  key: string;
  label: string;
  note: string;
  text: string;
};

const limit = 12;

/** Where one may go and what one may do, with what finds it. Lately used places rank higher. */
export function buildEntries(
  state: State,
  commands: readonly Command[],
  recent: readonly Id[],
): Entry[] {
  const entries: Entry[] = [];
  const directs = new Map<Id, Id>();
  const rankOf = (channelId: Id | null, unread: boolean) => {
    const at = channelId === null ? -1 : recent.indexOf(channelId);
    return (at < 0 ? 0 : 40 - 4 * Math.min(9, at)) + (unread ? 30 : 0);
  };
  for (const { channel, membership } of state.conversations.values()) {
    const others = othersOf(channel, state.me.id);
    const [only] = others;
    if (channel.kind === 'direct' && only !== undefined) {
      directs.set(only, channel.id);
      continue;
    }
    const label = conversationName(channel, state.me.id, state.users);
    const unread = membership.unreadCount > 0 && !membership.muted;
    const isPrivate = channel.kind === 'private';
    entries.push({
      kind: 'conversation',
      key: channel.id,
      label,
      note: channel.archivedAt === null ? channel.topic : messages.channel.archived,
      channelId: channel.id,
      icon: channel.kind === 'group' ? 'group' : isPrivate ? 'lock' : 'hash',
      unread,
      texts: [fold(label)],
      rank: rankOf(channel.id, unread) - (channel.archivedAt === null ? 0 : 200),
    });
  }
  for (const user of state.users.values()) {
    if (user.deactivatedAt !== null || user.id === state.me.id) continue;
    const channelId = directs.get(user.id) ?? null;
    const unread = (state.conversations.get(channelId ?? '')?.membership.unreadCount ?? 0) > 0;
    entries.push({
      kind: 'person',
      key: user.id,
      label: user.displayName,
      note: user.title || user.username,
      userId: user.id,
      channelId,
      unread,
      texts: [fold(user.displayName), user.username],
      rank: rankOf(channelId, unread),
    });
  }
  for (const command of commands) {
    entries.push({
      kind: 'command',
      key: command.id,
      label: command.label.replace('…', ''),
      note: messages.switcher.command,
      command,
      texts: [fold(command.label)],
      rank: -60,
    });
  }
  return entries;
}

/** The best entries for what was typed; `#` and `@` in front ask for channels or people alone. */
export function findEntries(entries: readonly Entry[], typed: string): Entry[] {
  const sign = typed.trimStart().charAt(0);
  const only = sign === '#' ? 'conversation' : sign === '@' ? 'person' : null;
  const query = only ? typed.trimStart().slice(1) : typed;
  const pool = only ? entries.filter(({ kind }) => kind === only) : entries;
  const empty = query.trim() === '';
  return search(pool, query, {
    texts: ({ texts }) => texts,
    rank: ({ rank }) => rank,
    limit: empty ? 9 : limit,
  });
}

/** What stands below the others: to look for the same in messages. */
export function searchEntry(typed: string): SearchEntry[] {
  const text = typed.trim();
  if (text === '') return [];
  const label = messages.search.inSwitcher(text);
  return [{ kind: 'search', key: 'search', label, note: '', text }];
}
