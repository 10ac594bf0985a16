import type { Channel, Membership } from '../src/protocol/channel.ts';
import type { Draft } from '../src/protocol/draft.ts';
import type { EventDataOf, EventOf, EventType } from '../src/protocol/events.ts';
import type { File } from '../src/protocol/file.ts';
import type { Id } from '../src/protocol/ids.ts';
import { noMentions, type Message } from '../src/protocol/message.ts';
import { defaultPreferences } from '../src/protocol/preferences.ts';
import type { User } from '../src/protocol/user.ts';
import type { Conversation, State } from '../src/state/state.ts';

const at = '2026-03-02T09:00:00.000Z';

/** The id with this number: valid, and in the order of the numbers. */
export function idOf(number: number): Id {
  return `01920000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

export function aUser(id: Id, change: Partial<User> = {}): User {
  return {
    id,
    username: `user-${id.slice(-4)}`,
    displayName: `User ${id.slice(-4)}`,
    role: 'member',
    kind: 'human',
    title: '',
    timezone: 'UTC',
    avatarFileId: null,
    status: null,
    deactivatedAt: null,
    ...change,
  };
}

export function aChannel(id: Id, change: Partial<Channel> = {}): Channel {
  return {
    id,
    kind: 'public',
    name: `channel-${id.slice(-4)}`,
    topic: '',
    purpose: '',
    createdBy: idOf(1),
    createdAt: at,
    archivedAt: null,
    messageCount: 0,
    memberCount: 1,
    lastMessageAt: null,
    postingPolicy: 'everyone',
    retentionDays: null,
    directUserIds: null,
    ...change,
  };
}

export function aMembership(
  channelId: Id,
  userId: Id,
  change: Partial<Membership> = {},
): Membership {
  return {
    channelId,
    userId,
    role: 'member',
    readThrough: 0,
    unreadCount: 0,
    mentionCount: 0,
    notify: 'default',
    muted: false,
    starred: false,
    section: null,
    joinedAt: at,
    ...change,
  };
}

export function aConversation(
  channel: Partial<Channel> & { id: Id },
  membership: Partial<Membership> & { userId: Id },
): Conversation {
  return {
    channel: aChannel(channel.id, channel),
    membership: aMembership(channel.id, membership.userId, membership),
  };
}

export function aMessage(change: Partial<Message> & { channelId: Id }): Message {
  return {
    id: idOf(0xa000),
    number: 1,
    authorId: idOf(2),
    kind: 'text',
    text: 'hello',
    threadRootId: null,
    threadNumber: null,
    replyCount: 0,
    lastReplyAt: null,
    replyUserIds: [],
    createdAt: at,
    editedAt: null,
    deletedAt: null,
    pinnedAt: null,
    pinnedBy: null,
    mentions: noMentions,
    files: [],
    previews: [],
    reactions: [],
    ...change,
  };
}

export function aFile(change: Partial<File> = {}): File {
  return {
    id: idOf(0xf000),
    name: 'report.pdf',
    mediaType: 'application/pdf',
    bytes: 1_000,
    width: null,
    height: null,
    blurhash: null,
    hasThumbnail: false,
    uploadedBy: idOf(2),
    createdAt: at,
    ...change,
  };
}

export function aDraft(change: Partial<Draft> & { channelId: Id }): Draft {
  return { threadRootId: null, text: 'begun', files: [], version: 1, updatedAt: at, ...change };
}

export function anEvent<T extends EventType>(
  type: T,
  data: EventDataOf<T>,
  position = 1,
): EventOf<T> {
  return { position, audience: 'everyone', type, at, actorId: null, data };
}

export function aState(me: User, users: User[], conversations: Conversation[]): State {
  return {
    epoch: 'epoch',
    position: 0,
    me,
    users: new Map(users.map((user) => [user.id, user])),
    conversations: new Map(conversations.map((each) => [each.channel.id, each])),
    preferences: defaultPreferences,
    drafts: new Map(),
    threads: new Map(),
    workspace: { id: idOf(0xffff), name: 'Northwind', createdAt: at, readReceipts: false },
    needsSnapshot: false,
  };
}
