import type { Event, EventOf } from '@parley/shared/protocol/events.ts';
import type { Reaction } from '@parley/shared/protocol/message.ts';
import { mostEvents, type Deed, type Ledger } from './ledger.ts';

export type ModelMessage = {
  id: string;
  channelId: string;
  /** Null for a reply, which has its place in the thread. */
  number: number | null;
  threadRootId: string | null;
  threadNumber: number | null;
  /** Replies that are there. */
  replyCount: number;
  /** Replies that ever were. */
  repliesEver: number;
  authorId: string;
  text: string;
  isEdited: boolean;
  isDeleted: boolean;
  /** Who reacted, by emoji. */
  reactions: Map<string, Set<string>>;
};

type MembershipChange = { position: number; joined: boolean };

/**
 * What the workspace must be, told by the log and by what was asked for: the log decides the order, and each of its
 * events must be the doing of a command, possible at that point, with the outcome that the protocol promises.
 */
export class Model {
  readonly violations: string[] = [];
  readonly messages = new Map<string, ModelMessage>();
  readonly #deeds: Deed[];
  readonly #setUpThrough: number;
  readonly #counts = new Map<string, number>();
  readonly #memberships = new Map<string, MembershipChange[]>();
  #position: number;
  /** The thread whose root the next event must tell of. */
  #changedThread: string | null = null;

  /** Events up to `setUpThrough` were made by the test's own preparations. */
  constructor(ledger: Ledger, start: number, setUpThrough: number) {
    this.#deeds = ledger.deeds;
    this.#position = start;
    this.#setUpThrough = setUpThrough;
  }

  isMember(channelId: string, userId: string, position: number): boolean {
    const changes = this.#memberships.get(`${channelId} ${userId}`) ?? [];
    return changes.findLast((change) => change.position <= position)?.joined ?? false;
  }

  /** Whether the person leaves the channel at some time after the position. */
  leavesAfter(channelId: string, userId: string, position: number): boolean {
    const changes = this.#memberships.get(`${channelId} ${userId}`) ?? [];
    return changes.some((change) => !change.joined && change.position > position);
  }

  /** Everybody who is in a channel now, as `channel person`. */
  memberships(): string[] {
    const current = [...this.#memberships].filter(([, changes]) => changes.at(-1)?.joined);
    return current.map(([key]) => key).sort();
  }

  take(event: Event): void {
    if (event.position !== this.#position + 1) {
      this.#fault(event, `does not follow ${this.#position}`);
    }
    this.#position = event.position;
    const changedThread = this.#changedThread;
    this.#changedThread = null;
    if (changedThread !== null && event.type !== 'thread.updated') {
      this.#fault(event, `comes where thread ${changedThread} had to be told of`);
    }
    switch (event.type) {
      case 'thread.updated':
        this.#threadUpdated(event, changedThread);
        return;
      case 'message.posted':
        this.#posted(event);
        return;
      case 'message.edited':
        this.#edited(event);
        return;
      case 'message.deleted':
        this.#deleted(event);
        return;
      case 'reaction.added':
      case 'reaction.removed':
        this.#reacted(event);
        return;
      case 'membership.added':
        this.#memberChanged(event.data.channel.id, event, true);
        return;
      case 'membership.removed':
        this.#memberChanged(event.data.channelId, event, false);
        return;
      case 'member.joined':
      case 'member.left': {
        const joined = event.type === 'member.joined';
        const userId = 'userId' in event.data ? event.data.userId : event.data.member.userId;
        if (this.isMember(event.data.channelId, userId, event.position) !== joined) {
          this.#fault(event, 'tells the channel what its member was not told');
        }
        return;
      }
      default:
        if (event.position > this.#setUpThrough) this.#fault(event, 'was asked for by nobody');
    }
  }

  #fault(event: Event, what: string): void {
    this.violations.push(`event ${event.position} (${event.type}) ${what}`);
  }

  /**
   * Finds the command that an event is of: an attempt of it must be left to have done this. One whose only attempt
   * was refused has done nothing; the same wish may have been granted when it was asked for again.
   */
  #attribute(event: Event, isIt: (deed: Deed) => boolean): void {
    const candidates = this.#deeds.filter((deed) => deed.userId === event.actorId && isIt(deed));
    const deed =
      candidates.find(({ events, reply }) => events.length === 0 && reply?.ok) ??
      candidates.find((each) => each.events.length < mostEvents(each));
    if (deed) deed.events.push(event.position);
    else this.#fault(event, 'was asked for by nobody, or happened once too often');
  }

  #posted(event: EventOf<'message.posted'>): void {
    const { id, channelId, number, threadRootId, threadNumber, authorId, text, nonce } =
      event.data.message;
    const { kind, deletedAt } = event.data.message;
    const deed = this.#deeds.find((each) => each.kind === 'post' && each.nonce === nonce);
    if (deed?.kind !== 'post') this.#fault(event, 'was asked for by nobody');
    else {
      if (deed.events.length > 0) this.#fault(event, `is post ${deed.nonce} a second time`);
      deed.events.push(event.position);
      const isTheSame = deed.channelId === channelId && deed.text === text && kind === 'text';
      const isInPlace = deed.threadRootId === threadRootId;
      if (!isTheSame || !isInPlace || deed.userId !== authorId || deletedAt !== null) {
        this.#fault(event, 'is not what was asked for');
      }
    }
    if (!this.isMember(channelId, authorId, event.position)) {
      this.#fault(event, 'is by somebody who was not in the channel');
    }
    const place =
      threadRootId === null
        ? { number: this.#takeNumber(channelId), threadNumber: null }
        : { number: null, threadNumber: this.#takeThreadNumber(event, threadRootId) };
    if (number !== place.number || threadNumber !== place.threadNumber) {
      this.#fault(event, `has ${number} and ${threadNumber} instead of ${JSON.stringify(place)}`);
    }
    this.messages.set(id, {
      ...{ id, channelId, authorId, text, threadRootId, ...place },
      ...{ isEdited: false, isDeleted: false, reactions: new Map() },
      ...{ replyCount: 0, repliesEver: 0 },
    });
  }

  #takeNumber(channelId: string): number {
    const number = (this.#counts.get(channelId) ?? 0) + 1;
    this.#counts.set(channelId, number);
    return number;
  }

  #takeThreadNumber(event: EventOf<'message.posted'>, rootId: string): number | null {
    const root = this.#living(event, rootId);
    if (!root) return null;
    const isHere = root.channelId === event.data.message.channelId;
    if (!isHere || root.threadRootId !== null)
      this.#fault(event, 'replies to what is no root here');
    root.replyCount += 1;
    root.repliesEver += 1;
    this.#changedThread = rootId;
    return root.repliesEver;
  }

  #threadUpdated(event: EventOf<'thread.updated'>, expectedRootId: string | null): void {
    if (!('root' in event.data)) return;
    const { root } = event.data;
    const known = this.messages.get(root.id);
    if (root.id !== expectedRootId || !known) this.#fault(event, 'tells of a thread unasked');
    else if (
      root.replyCount !== known.replyCount ||
      root.text !== known.text ||
      comparableReactions(root.reactions) !== reactionsOf(known)
    ) {
      this.#fault(event, 'does not tell of the root as it is');
    }
  }

  /** The message that an event is about, when such a thing can happen to it. */
  #living(event: Event, messageId: string): ModelMessage | null {
    const message = this.messages.get(messageId);
    if (!message) this.#fault(event, 'is of a message that was never posted');
    else if (message.isDeleted) this.#fault(event, 'is of a deleted message');
    else return message;
    return null;
  }

  #edited(event: EventOf<'message.edited'>): void {
    const { id, text, editedAt } = event.data.message;
    const message = this.#living(event, id);
    this.#attribute(
      event,
      (deed) => deed.kind === 'edit' && deed.messageId === id && deed.text === text,
    );
    if (!message) return;
    if (message.text === text || editedAt === null) this.#fault(event, 'changes nothing');
    message.text = text;
    message.isEdited = true;
  }

  #deleted(event: EventOf<'message.deleted'>): void {
    const { id, text, deletedAt, reactions } = event.data.message;
    const message = this.#living(event, id);
    this.#attribute(event, (deed) => deed.kind === 'delete' && deed.messageId === id);
    if (!message) return;
    const isGone = text === '' && deletedAt !== null && reactions.length === 0;
    if (!isGone) this.#fault(event, 'leaves something behind');
    message.text = '';
    message.isDeleted = true;
    message.reactions.clear();
    const root = this.messages.get(message.threadRootId ?? '');
    if (!root) return;
    root.replyCount -= 1;
    this.#changedThread = root.id;
  }

  #reacted(event: EventOf<'reaction.added'> | EventOf<'reaction.removed'>): void {
    const { messageId, emoji, userId, reactions } = event.data;
    const isAdded = event.type === 'reaction.added';
    const kind = isAdded ? 'react' : 'unreact';
    const message = this.#living(event, messageId);
    this.#attribute(
      event,
      (deed) => deed.kind === kind && deed.messageId === messageId && deed.emoji === emoji,
    );
    if (!message) return;
    const people = message.reactions.get(emoji) ?? new Set();
    if (people.has(userId) === isAdded) this.#fault(event, 'changes nothing');
    if (isAdded) people.add(userId);
    else people.delete(userId);
    message.reactions.set(emoji, people);
    if (comparableReactions(reactions) !== reactionsOf(message)) {
      this.#fault(event, 'does not carry the reactions as they are');
    }
  }

  #memberChanged(
    channelId: string,
    event: EventOf<'membership.added'> | EventOf<'membership.removed'>,
    joined: boolean,
  ): void {
    const userId = event.audience.replace('user:', '');
    if (this.isMember(channelId, userId, event.position) === joined) {
      this.#fault(event, 'changes nothing');
    }
    const key = `${channelId} ${userId}`;
    const change = { position: event.position, joined };
    this.#memberships.set(key, [...(this.#memberships.get(key) ?? []), change]);
    if (event.position <= this.#setUpThrough) return;
    const kind = joined ? 'join' : 'leave';
    this.#attribute(event, (deed) => deed.kind === kind && deed.channelId === channelId);
  }
}

/** Reactions without their order, as text. */
export function comparableReactions(reactions: readonly Reaction[]): string {
  const list = reactions.map(({ emoji, userIds }) => `${emoji} ${[...userIds].sort().join(',')}`);
  return list.sort().join(' ');
}

/** The same of a message of the model. */
export function reactionsOf({ reactions }: ModelMessage): string {
  const present = [...reactions].filter(([, people]) => people.size > 0);
  return comparableReactions(
    present.map(([emoji, people]) => ({ emoji, count: people.size, userIds: [...people] })),
  );
}
