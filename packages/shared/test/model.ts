import type { Channel, Membership } from '../src/protocol/channel.ts';
import type { Snapshot } from '../src/protocol/commands/sync.ts';
import type { Draft } from '../src/protocol/draft.ts';
import type { Event, EventDataOf, EventType } from '../src/protocol/events.ts';
import type { Id } from '../src/protocol/ids.ts';
import { noMentions, type Mentions, type Message } from '../src/protocol/message.ts';
import { defaultPreferences, type Preferences } from '../src/protocol/preferences.ts';
import type { ThreadChoice } from '../src/protocol/thread.ts';
import type { User } from '../src/protocol/user.ts';
import type { Workspace } from '../src/protocol/workspace.ts';
import { mentionsUser } from '../src/state/apply.ts';
import { aChannel, aDraft, aMembership, aMessage, anEvent, aUser, idOf } from './entities.ts';

type Room = {
  channel: Channel;
  members: Map<Id, Membership>;
  messages: Message[];
  draft: Draft | null;
  choice: ThreadChoice | null;
};

/**
 * A workspace in memory, seen by one person: it counts everything from the messages themselves, and writes down
 * the events that this person is told. What a reducer makes of the events must be what it counts.
 */
export class ModelWorkspace {
  readonly me: Id;
  readonly users = new Map<Id, User>();
  readonly rooms = new Map<Id, Room>();
  readonly told: Event[] = [];
  #preferences: Preferences = defaultPreferences;
  #workspace: Workspace;
  #position = 0;
  #lastId = 0x1000;

  constructor(role: User['role'], people: number, rooms: number) {
    this.me = idOf(1);
    for (let n = 1; n <= people; n += 1) this.users.set(idOf(n), aUser(idOf(n)));
    this.users.set(this.me, aUser(this.me, { role, email: 'me@example.com' }));
    const workspace = { id: idOf(0xffff), name: 'Northwind', readReceipts: false };
    this.#workspace = { ...workspace, createdAt: this.#now() };
    for (let n = 0; n < rooms; n += 1) {
      const channel = aChannel(idOf(0x100 + n), { memberCount: 0 });
      this.rooms.set(channel.id, {
        channel,
        members: new Map(),
        messages: [],
        draft: null,
        choice: null,
      });
    }
  }

  join(roomId: Id, userId: Id): void {
    const room = this.#room(roomId);
    if (room.members.has(userId)) return;
    room.channel = { ...room.channel, memberCount: room.channel.memberCount + 1 };
    const membership = { readThrough: room.channel.messageCount };
    room.members.set(userId, aMembership(roomId, userId, membership));
    if (userId === this.me) this.#tell('membership.added', this.#added(room));
    if (!this.#sees(room)) return;
    this.#tell('member.joined', {
      channelId: roomId,
      memberCount: room.channel.memberCount,
      member: { userId, role: 'member', joinedAt: this.#now() },
      user: this.#public(userId),
    });
  }

  leave(roomId: Id, userId: Id): void {
    const room = this.#room(roomId);
    if (!room.members.delete(userId)) return;
    const memberCount = room.channel.memberCount - 1;
    room.channel = { ...room.channel, memberCount };
    if (userId === this.me) {
      room.draft = null;
      room.choice = null;
      this.#tell('membership.removed', { channelId: roomId });
    } else if (this.#sees(room))
      this.#tell('member.left', { channelId: roomId, memberCount, userId });
  }

  post(
    roomId: Id,
    authorId: Id,
    what: { system: boolean; mention: boolean; reply: boolean },
  ): void {
    const room = this.#room(roomId);
    if (!room.members.has(authorId)) return;
    const root = what.reply ? room.messages.find(({ number }) => number !== null) : undefined;
    const number = root ? null : room.channel.messageCount + 1;
    const message = aMessage({
      id: this.#id(),
      channelId: roomId,
      number,
      authorId,
      kind: what.system ? 'system' : 'text',
      createdAt: this.#now(),
      threadRootId: root?.id ?? null,
      mentions: what.mention ? this.#mention() : noMentions,
    });
    room.messages.push(message);
    if (number !== null) {
      room.channel = { ...room.channel, messageCount: number, lastMessageAt: message.createdAt };
      const mine = room.members.get(authorId);
      if (mine) room.members.set(authorId, { ...mine, readThrough: number });
    }
    if (this.#sees(room)) this.#tell('message.posted', { message });
  }

  edit(roomId: Id, index: number, mention: boolean): void {
    this.#changeMessage(roomId, index, 'message.edited', {
      editedAt: this.#now(),
      mentions: mention ? this.#mention() : noMentions,
    });
  }

  remove(roomId: Id, index: number): void {
    const gone = { deletedAt: this.#now(), text: '', mentions: noMentions, reactions: [] };
    this.#changeMessage(roomId, index, 'message.deleted', gone);
  }

  /** Reads through a number, or back to before it. */
  read(roomId: Id, number: number): void {
    const room = this.#room(roomId);
    const mine = room.members.get(this.me);
    if (!mine || number > room.channel.messageCount) return;
    room.members.set(this.me, { ...mine, readThrough: number });
    this.#tell('read.updated', { membership: this.#membership(room) });
    this.#tell('read.updated', {
      thread: { channelId: roomId, rootId: idOf(0xa000), readThrough: number },
    });
  }

  choose(roomId: Id, change: Partial<Membership>): void {
    const room = this.#room(roomId);
    const mine = room.members.get(this.me);
    if (!mine) return;
    room.members.set(this.me, { ...mine, ...change });
    this.#tell('membership.updated', { membership: this.#membership(room) });
  }

  /** Writes on a draft, or clears it; of the channel or of a thread, one of them at a time. */
  begin(roomId: Id, text: string, inThread: boolean): void {
    const room = this.#room(roomId);
    if (!this.#sees(room)) return;
    const threadRootId = inThread ? idOf(0xa000) : null;
    if (room.draft && room.draft.threadRootId !== threadRootId) {
      const cleared = { threadRootId: room.draft.threadRootId, draft: null };
      this.#tell('draft.updated', { channelId: roomId, ...cleared });
    }
    const change = { channelId: roomId, threadRootId, text, version: this.#position + 1 };
    room.draft = text === '' ? null : aDraft(change);
    this.#tell('draft.updated', { channelId: roomId, threadRootId, draft: room.draft });
  }

  /** Chooses about the room's one thread, or forgets the choice. */
  chooseThread(roomId: Id, following: boolean | null): void {
    const room = this.#room(roomId);
    if (!this.#sees(room)) return;
    const choice = { channelId: roomId, rootId: idOf(0xa000 + this.#indexOf(roomId)), following };
    room.choice = following === null ? null : choice;
    this.#tell('thread.updated', { choice });
  }

  changeUser(userId: Id, change: Partial<User>): void {
    const user = this.users.get(userId);
    if (!user) return;
    this.users.set(userId, { ...user, ...change });
    if (!this.#isGuest || userId === this.me) {
      this.#tell('user.updated', { user: this.#public(userId) });
      return;
    }
    for (const room of this.rooms.values()) {
      if (!this.#sees(room) || !room.members.has(userId)) continue;
      this.#tell('member.updated', {
        channelId: room.channel.id,
        member: { userId, role: 'member', joinedAt: this.#now() },
        user: this.#public(userId),
      });
    }
  }

  addUser(): void {
    const user = aUser(this.#id());
    this.users.set(user.id, user);
    if (!this.#isGuest) this.#tell('user.created', { user });
  }

  changeChannel(roomId: Id, change: Partial<Channel>): void {
    const room = this.#room(roomId);
    room.channel = { ...room.channel, ...change };
    if (!this.#isGuest || this.#sees(room))
      this.#tell('channel.updated', { channel: room.channel });
  }

  changeOwn(notify: Preferences['notify'], name: string): void {
    this.#preferences = { ...this.#preferences, notify };
    this.#tell('preferences.updated', { preferences: this.#preferences });
    const readReceipts = !this.#workspace.readReceipts;
    this.#workspace = { ...this.#workspace, name, readReceipts };
    this.#tell('workspace.updated', { workspace: this.#workspace });
  }

  snapshot(): Snapshot {
    const mine = [...this.rooms.values()].filter((room) => this.#sees(room));
    const known = new Set([this.me, ...mine.flatMap(({ members }) => [...members.keys()])]);
    const visible = [...this.users.keys()].filter((id) => !this.#isGuest || known.has(id));
    return {
      epoch: 'epoch',
      position: this.#position,
      me: { ...this.#public(this.me), email: 'me@example.com' },
      users: visible.map((id) => this.#public(id)),
      channels: mine.map((room) => ({
        channel: room.channel,
        membership: this.#membership(room),
        ...(this.#isGuest && { memberIds: [...room.members.keys()].sort() }),
      })),
      preferences: this.#preferences,
      drafts: mine.flatMap(({ draft }) => draft ?? []),
      threads: mine.flatMap(({ choice }) => choice ?? []),
      workspace: this.#workspace,
    };
  }

  get #isGuest(): boolean {
    return this.users.get(this.me)?.role === 'guest';
  }

  #room(roomId: Id): Room {
    const room = this.rooms.get(roomId);
    if (!room) throw new Error(`no room ${roomId}`);
    return room;
  }

  #indexOf(roomId: Id): number {
    return [...this.rooms.keys()].indexOf(roomId);
  }

  #sees(room: Room): boolean {
    return room.members.has(this.me);
  }

  #public(userId: Id): User {
    const { email: _, ...user } = this.users.get(userId) ?? aUser(userId);
    return user;
  }

  #mention(): Mentions {
    return { ...noMentions, userIds: [this.me] };
  }

  /** Counted from the messages, not kept up. */
  #membership(room: Room): Membership {
    const held = room.members.get(this.me) ?? aMembership(room.channel.id, this.me);
    const unread = room.messages.filter(
      ({ number, authorId, kind, deletedAt }) =>
        number !== null &&
        number > held.readThrough &&
        authorId !== this.me &&
        kind === 'text' &&
        deletedAt === null,
    );
    const mentions = unread.filter((message) => mentionsUser(message.mentions, this.me));
    return { ...held, unreadCount: unread.length, mentionCount: mentions.length };
  }

  #added(room: Room): EventDataOf<'membership.added'> {
    const memberIds = [...room.members.keys()];
    const people = { memberIds, users: memberIds.map((id) => this.#public(id)) };
    return {
      channel: room.channel,
      membership: this.#membership(room),
      ...(this.#isGuest && people),
    };
  }

  #changeMessage(
    roomId: Id,
    index: number,
    type: 'message.edited' | 'message.deleted',
    change: Partial<Message>,
  ): void {
    const room = this.#room(roomId);
    const before = room.messages[index % Math.max(1, room.messages.length)];
    if (before?.deletedAt !== null || before.kind !== 'text') return;
    const message = { ...before, ...change };
    room.messages[room.messages.indexOf(before)] = message;
    if (this.#sees(room)) this.#tell(type, { message, before: { mentions: before.mentions } });
  }

  #tell<T extends EventType>(type: T, data: EventDataOf<T>): void {
    this.#position += 1;
    // Type and data belong together by the signature, which a union of objects cannot say.
    this.told.push(anEvent(type, structuredClone(data), this.#position) as Event);
  }

  #id(): Id {
    this.#lastId += 1;
    return idOf(this.#lastId);
  }

  #now(): string {
    return new Date(Date.UTC(2026, 2, 2) + this.#lastId * 1000).toISOString();
  }
}
