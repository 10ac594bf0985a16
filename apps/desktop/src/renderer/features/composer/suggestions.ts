import type { Channel } from '@parley/shared/protocol/channel.ts';
import type { User } from '@parley/shared/protocol/user.ts';
import { fold } from '@parley/shared/text/fold.ts';
import { messages } from '../../messages.ts';
import { searchEmoji, toned, type Emoji } from '../../ui/emoji/emoji.ts';
import { search } from '../../ui/fuzzy.ts';
import type { State } from '../../sync/client.ts';
import type { Trigger } from './completion.ts';

export type Suggestion = {
  key: string;
  /** What takes the place of what was typed. */
  insert: string;
  label: string;
  note: string;
  look:
    | { kind: 'person'; userId: string }
    | { kind: 'channel'; isPrivate: boolean }
    | { kind: 'emoji'; character: string }
    | { kind: 'all' };
};

const limit = 8;

function ofPeople(state: State, channel: Channel | undefined, query: string): Suggestion[] {
  const people = [...state.users.values()].filter(({ deactivatedAt }) => deactivatedAt === null);
  const here = new Set(channel?.directUserIds ?? []);
  const found = search(people, query, {
    texts: ({ displayName, username }) => [fold(displayName), username],
    rank: ({ id }) => (here.has(id) ? 100 : 0) - (id === state.me.id ? 50 : 0),
    limit,
  }).map(toSuggestion);
  const isChannel = channel?.kind === 'public' || channel?.kind === 'private';
  const wide = isChannel
    ? wideSuggestions.filter(({ insert }) => insert.startsWith(`@${query.toLowerCase()}`))
    : [];
  return [...found.slice(0, limit - wide.length), ...wide];
}

function toSuggestion(user: User): Suggestion {
  return {
    key: user.id,
    insert: `@${user.username}`,
    label: user.displayName,
    note: user.username,
    look: { kind: 'person', userId: user.id },
  };
}

const wideSuggestions: Suggestion[] = [
  {
    key: 'channel',
    insert: '@channel',
    label: '@channel',
    note: messages.composer.everybodyHere,
    look: { kind: 'all' },
  },
  {
    key: 'here',
    insert: '@here',
    label: '@here',
    note: messages.composer.activeHere,
    look: { kind: 'all' },
  },
];

function ofChannels(state: State, query: string): Suggestion[] {
  const channels = [...state.conversations.values()]
    .map(({ channel }) => channel)
    .filter(
      ({ kind, archivedAt }) => (kind === 'public' || kind === 'private') && archivedAt === null,
    );
  return search(channels, query, { texts: ({ name }) => [fold(name)], limit }).map((channel) => ({
    key: channel.id,
    insert: `#${channel.name}`,
    label: channel.name,
    note: channel.topic,
    look: { kind: 'channel', isPrivate: channel.kind === 'private' },
  }));
}

function ofEmoji(all: readonly Emoji[], query: string, tone: number): Suggestion[] {
  return searchEmoji(all, query, limit).map((emoji) => ({
    key: emoji.character,
    insert: toned(emoji, tone),
    label: `:${emoji.shortcodes[0] ?? emoji.name}:`,
    note: '',
    look: { kind: 'emoji', character: toned(emoji, tone) },
  }));
}

type Around = {
  state: State;
  channel: Channel | undefined;
  emoji: readonly Emoji[];
  tone: number;
};

/** What may be meant at the caret, best first; at most eight. */
export function suggestionsFor(trigger: Trigger, around: Around): Suggestion[] {
  switch (trigger.kind) {
    case '@':
      return ofPeople(around.state, around.channel, trigger.query);
    case '#':
      return ofChannels(around.state, trigger.query);
    case ':':
      return ofEmoji(around.emoji, trigger.query, around.tone);
  }
}
