import type { Channel } from '@parley/shared/protocol/channel.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { User } from '@parley/shared/protocol/user.ts';

type People = ReadonlyMap<Id, User>;

const unknownPerson = 'Somebody';

/** The name to show for a person, also one who is not known (any more). */
export function personName(users: People, userId: Id): string {
  return users.get(userId)?.displayName ?? unknownPerson;
}

/** The others of a direct or group conversation; of a conversation with oneself, oneself. */
export function othersOf(channel: Channel, meId: Id): Id[] {
  const all = channel.directUserIds ?? [];
  const others = all.filter((userId) => userId !== meId);
  return others.length > 0 ? others : all;
}

/** What a conversation is called: its name, or those who are in it. */
export function conversationName(channel: Channel, meId: Id, users: People): string {
  if (channel.kind === 'public' || channel.kind === 'private') return channel.name;
  const others = othersOf(channel, meId);
  const [only] = others;
  if (others.length === 1 && only !== undefined) {
    return only === meId ? `${personName(users, only)} (you)` : personName(users, only);
  }
  return others.map((userId) => firstName(personName(users, userId))).join(', ');
}

function firstName(name: string): string {
  return name.split(/\s/, 1)[0] ?? name;
}

/** The name with the sign of a channel in front; people have none. */
export function conversationTitle(channel: Channel, meId: Id, users: People): string {
  const name = conversationName(channel, meId, users);
  return channel.kind === 'public' || channel.kind === 'private' ? `#${name}` : name;
}
