import type { Id } from '@parley/shared/protocol/ids.ts';
import type { User } from '@parley/shared/protocol/user.ts';
import type { Conversation, State } from '../../sync/client.ts';

const byUsername = new WeakMap<State['users'], Map<string, User>>();
const byChannelName = new WeakMap<State['conversations'], Map<string, Conversation>>();

/** The person with this user name. The index is made once for each version of the list of people. */
export function personCalled(users: State['users'], username: string): User | undefined {
  let index = byUsername.get(users);
  if (!index) {
    index = new Map([...users.values()].map((user) => [user.username, user]));
    byUsername.set(users, index);
  }
  return index.get(username);
}

/** The conversation whose channel has this name, without regard to case. */
export function channelCalled(conversations: State['conversations'], name: string): Id | null {
  let index = byChannelName.get(conversations);
  if (!index) {
    index = new Map(
      [...conversations.values()]
        .filter(({ channel }) => channel.name !== '')
        .map((conversation) => [conversation.channel.name, conversation]),
    );
    byChannelName.set(conversations, index);
  }
  return index.get(name.toLowerCase())?.channel.id ?? null;
}

const wideMentions = new Set(['channel', 'everyone', 'all', 'here']);

/** Whether a mention speaks to everybody in the channel. */
export function isWideMention(name: string): boolean {
  return wideMentions.has(name);
}
