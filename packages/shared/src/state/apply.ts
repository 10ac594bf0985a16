import type { Channel, Membership } from '../protocol/channel.ts';
import type { Event, EventOf } from '../protocol/events.ts';
import type { Id } from '../protocol/ids.ts';
import type { Mentions, Message } from '../protocol/message.ts';
import type { ThreadChoice } from '../protocol/thread.ts';
import type { User } from '../protocol/user.ts';
import { LayeredMap } from './layered-map.ts';
import { placeKey } from './place-key.ts';
import type { Conversation, State } from './state.ts';

/** Whether a message with these mentions speaks to the person. */
export function mentionsUser(mentions: Mentions, userId: Id): boolean {
  return mentions.channel || mentions.here || mentions.userIds.includes(userId);
}

/**
 * The state after an event. Pure; an event at or below the state's position changes nothing, so a repeated one
 * is harmless. Events of conversations that are not in the state are not for it.
 */
export function apply(state: State, event: Event): State {
  if (event.position <= state.position) return state;
  return { ...change(state, event), position: event.position };
}

function change(state: State, event: Event): State {
  switch (event.type) {
    case 'workspace.updated':
      return { ...state, workspace: event.data.workspace };
    case 'user.created':
    case 'user.updated':
    case 'user.deactivated':
      return withUser(state, event.data.user);
    case 'channel.created':
    case 'channel.updated':
    case 'channel.archived':
      return withChannel(state, event.data.channel.id, () => event.data.channel);
    case 'message.posted':
      return posted(state, event.data.message);
    case 'message.edited':
      return mentionsChanged(state, event);
    case 'message.deleted':
      return deleted(state, event);
    case 'member.joined':
      return joined(state, event);
    case 'member.left':
      return left(state, event);
    case 'member.updated':
      return isGuest(state) ? withUser(state, event.data.user) : state;
    case 'membership.added':
      return membershipAdded(state, event);
    case 'membership.removed':
      return membershipRemoved(state, event.data.channelId);
    case 'membership.updated':
      return withMembership(state, event.data.membership);
    case 'read.updated':
      return 'membership' in event.data ? withMembership(state, event.data.membership) : state;
    case 'draft.updated':
      return draftUpdated(state, event);
    case 'preferences.updated':
      return { ...state, preferences: event.data.preferences };
    case 'thread.updated':
      return 'choice' in event.data ? withChoice(state, event.data.choice) : state;
    case 'reaction.added':
    case 'reaction.removed':
    case 'session.revoked':
      return state;
    default:
      return unknown(event, state);
  }
}

/** An event type without a case above does not compile; one from a newer server changes nothing. */
function unknown(_event: never, state: State): State {
  return state;
}

function isGuest(state: State): boolean {
  return state.me.role === 'guest';
}

function withUser(state: State, user: User): State {
  const users = LayeredMap.over(state.users).with(user.id, user);
  if (user.id !== state.me.id) return { ...state, users };
  const crossed = (user.role === 'guest') !== isGuest(state);
  return {
    ...state,
    users,
    // Events never carry e-mail addresses; one's own is kept.
    me: { ...user, ...(state.me.email !== undefined && { email: state.me.email }) },
    needsSnapshot: state.needsSnapshot || crossed,
  };
}

function withConversation(state: State, channelId: Id, next: Conversation): State {
  return { ...state, conversations: LayeredMap.over(state.conversations).with(channelId, next) };
}

function withChannel(state: State, channelId: Id, update: (channel: Channel) => Channel): State {
  const known = state.conversations.get(channelId);
  if (!known) return state;
  return withConversation(state, channelId, { ...known, channel: update(known.channel) });
}

function withMembership(state: State, membership: Membership): State {
  const known = state.conversations.get(membership.channelId);
  return known ? withConversation(state, membership.channelId, { ...known, membership }) : state;
}

function posted(state: State, message: Message): State {
  const known = state.conversations.get(message.channelId);
  // A reply that is in its thread only has no number and counts nowhere here.
  if (!known || message.number === null) return state;
  const { number } = message;
  const channel = { ...known.channel, messageCount: number, lastMessageAt: message.createdAt };
  const { membership } = known;
  const next = { ...known, channel };
  if (message.authorId === state.me.id) {
    const read = { ...membership, readThrough: number, unreadCount: 0, mentionCount: 0 };
    return withConversation(state, message.channelId, { ...next, membership: read });
  }
  if (message.kind !== 'text') return withConversation(state, message.channelId, next);
  const mentioned = mentionsUser(message.mentions, state.me.id) ? 1 : 0;
  const unread = {
    ...membership,
    unreadCount: membership.unreadCount + 1,
    mentionCount: membership.mentionCount + mentioned,
  };
  return withConversation(state, message.channelId, { ...next, membership: unread });
}

/** The membership that counts this message as unread, if it does. */
function countedBy(state: State, message: Message): Membership | null {
  const membership = state.conversations.get(message.channelId)?.membership;
  const counts =
    membership !== undefined &&
    message.number !== null &&
    message.number > membership.readThrough &&
    message.authorId !== state.me.id &&
    message.kind === 'text';
  return counts ? membership : null;
}

function mentionsChanged(state: State, { data }: EventOf<'message.edited'>): State {
  const membership = countedBy(state, data.message);
  if (!membership) return state;
  const before = Number(mentionsUser(data.before.mentions, state.me.id));
  const after = Number(mentionsUser(data.message.mentions, state.me.id));
  if (before === after) return state;
  const mentionCount = membership.mentionCount + after - before;
  return withMembership(state, { ...membership, mentionCount });
}

function deleted(state: State, { data }: EventOf<'message.deleted'>): State {
  const membership = countedBy(state, data.message);
  if (!membership) return state;
  const mentioned = Number(mentionsUser(data.before.mentions, state.me.id));
  return withMembership(state, {
    ...membership,
    unreadCount: membership.unreadCount - 1,
    mentionCount: membership.mentionCount - mentioned,
  });
}

function joined(state: State, { data }: EventOf<'member.joined'>): State {
  const known = state.conversations.get(data.channelId);
  if (!known) return state;
  const channel = { ...known.channel, memberCount: data.memberCount };
  if (!isGuest(state)) return withConversation(state, data.channelId, { ...known, channel });
  const memberIds = [...new Set([...(known.memberIds ?? []), data.member.userId])].sort();
  const next = withConversation(state, data.channelId, { ...known, channel, memberIds });
  return withUser(next, data.user);
}

function left(state: State, { data }: EventOf<'member.left'>): State {
  const known = state.conversations.get(data.channelId);
  if (!known) return state;
  const channel = { ...known.channel, memberCount: data.memberCount };
  if (!isGuest(state)) return withConversation(state, data.channelId, { ...known, channel });
  const memberIds = (known.memberIds ?? []).filter((userId) => userId !== data.userId);
  return forgetStrangers(withConversation(state, data.channelId, { ...known, channel, memberIds }));
}

function membershipAdded(state: State, { data }: EventOf<'membership.added'>): State {
  const { channel, membership, users, memberIds } = data;
  const next = withConversation(state, channel.id, {
    channel,
    membership,
    ...(memberIds && { memberIds: [...memberIds].sort() }),
  });
  if (!users) return next;
  return {
    ...next,
    users: new Map([...next.users, ...users.map((user) => [user.id, user] as const)]),
  };
}

function membershipRemoved(state: State, channelId: Id): State {
  const conversations = LayeredMap.over(state.conversations).without(channelId);
  const drafts = elsewhere(state.drafts, channelId);
  const threads = elsewhere(state.threads, channelId);
  return forgetStrangers({ ...state, conversations, drafts, threads });
}

/** What is not in this channel. */
function elsewhere<T extends { channelId: Id }>(
  map: ReadonlyMap<string, T>,
  channelId: Id,
): ReadonlyMap<string, T> {
  return new Map([...map].filter(([, each]) => each.channelId !== channelId));
}

function withChoice(state: State, choice: ThreadChoice): State {
  const threads = new Map(state.threads);
  if (choice.following === null) threads.delete(choice.rootId);
  else threads.set(choice.rootId, choice);
  return { ...state, threads };
}

function draftUpdated(state: State, { data }: EventOf<'draft.updated'>): State {
  const drafts = new Map(state.drafts);
  const key = placeKey(data.channelId, data.threadRootId);
  if (data.draft) drafts.set(key, data.draft);
  else drafts.delete(key);
  return { ...state, drafts };
}

/** A guest knows only themselves and the people of their conversations. */
function forgetStrangers(state: State): State {
  if (!isGuest(state)) return state;
  const known = new Set([state.me.id]);
  for (const { memberIds } of state.conversations.values()) {
    for (const userId of memberIds ?? []) known.add(userId);
  }
  const users = new Map([...state.users].filter(([userId]) => known.has(userId)));
  return { ...state, users };
}
