import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import {
  decide,
  type Attention,
  type HiddenReason,
  type ThreadInterest,
} from '@parley/shared/notifications/decide.ts';
import type { Account, Bridge } from '../bridge/bridge.ts';
import type { State } from '@parley/shared/state/state.ts';
import { conversationTitle, personName } from '../renderer/messages/names.ts';
import { notificationMessages } from '../renderer/messages/notification.ts';

/** More than this within the window are not shown one by one but as one together: a wave of them helps nobody. */
const burstLimit = 4;
const burstWindowMs = 10_000;
/** A wave is over when nothing came for so long. */
const calmMs = 3_000;
const maxFolded = 1_000;
/** Where the person is at another device, this one speaks up only for what is unread so much later. */
const otherDeviceMs = 30_000;
const maxHeld = 1_000;
const maxPlaces = 2;
const maxTitle = 120;
const maxBody = 300;

type Shown = { channelId: Id; number: number | null; threadRootId: Id | null };

export type NotifierOptions = {
  account: Account;
  bridge: Pick<Bridge, 'call'>;
  attention: () => Attention;
  /** The person used another of their devices last: that one tells them. */
  isElsewhere: () => boolean;
  /** The text of a message without its marks. */
  plainText: (text: string) => string;
  /** What the person has to do with the thread of a reply. */
  threadInterest: (reply: Message) => Promise<ThreadInterest>;
  now: () => number;
  onTrouble: (trouble: string, error: unknown) => void;
};

/** Tells the person of what came in while they looked elsewhere, and takes it back once they have read it. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #shown = new Map<Id, Shown>();
  #burst: number[] = [];
  /** Messages of a wave that are to be told of together, in the order of their coming. */
  readonly #folded = new Map<Id, Shown>();
  #foldedSince = 0;
  #summaryTimer: ReturnType<typeof setTimeout> | undefined;
  /** Messages that another device tells of first, with what shows them here after all. */
  readonly #held = new Map<Id, Shown & { timer: ReturnType<typeof setTimeout> }>();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Nobody is told of anything any more. */
  close(): void {
    clearTimeout(this.#summaryTimer);
    this.#folded.clear();
    for (const { timer } of this.#held.values()) clearTimeout(timer);
    this.#held.clear();
  }

  /** Follows an event, of which `after` knows already. */
  follow(event: Event, after: State): void {
    switch (event.type) {
      case 'message.posted':
        this.#posted(event, after).catch((error: unknown) => {
          this.#options.onTrouble('a notification could not be decided on', error);
        });
        return;
      case 'read.updated':
      case 'membership.updated':
        if ('membership' in event.data) {
          const { channelId, readThrough } = event.data.membership;
          this.#withdraw(
            (each) => each.channelId === channelId && (each.number ?? Infinity) <= readThrough,
          );
        }
        return;
      case 'membership.removed':
        this.#withdraw(({ channelId }) => channelId === event.data.channelId);
        return;
      case 'message.deleted':
        this.#withdraw((_, messageId) => messageId === event.data.message.id);
        return;
      default:
    }
  }

  /** The replies of a thread are on screen and looked at. */
  threadSeen(rootId: Id): void {
    this.#withdraw((each) => each.number === null && each.threadRootId === rootId);
  }

  async #posted(event: Extract<Event, { type: 'message.posted' }>, after: State): Promise<void> {
    const { message } = event.data;
    const decision = decide(event, after.preferences, {
      meId: after.me.id,
      conversation: after.conversations.get(message.channelId),
      attention: this.#options.attention(),
      thread: await this.#threadInterest(message, after.me.id),
      now: this.#options.now(),
    });
    if (!decision.show) this.#record(message, decision.reason);
    else if (this.#options.isElsewhere()) this.#hold(message, after);
    else this.#notify(message, after);
  }

  #notify(message: Message, state: State): void {
    if (this.#isBurst()) this.#fold(message, state);
    else this.#show(message, state);
  }

  #hold(message: Message, state: State): void {
    const { id, channelId, number, threadRootId } = message;
    this.#record(message, 'other_device');
    if (this.#held.size >= maxHeld) return;
    const timer = setTimeout(() => {
      this.#held.delete(id);
      this.#notify(message, state);
    }, otherDeviceMs);
    this.#held.set(id, { channelId, number, threadRootId, timer });
  }

  #fold({ id, channelId, number, threadRootId, authorId }: Message, state: State): void {
    this.#record({ id, authorId }, 'burst');
    if (this.#folded.size >= maxFolded) return;
    const now = this.#options.now();
    if (this.#folded.size === 0) this.#foldedSince = now;
    this.#folded.set(id, { channelId, number, threadRootId });
    clearTimeout(this.#summaryTimer);
    const waitMs = Math.max(0, Math.min(calmMs, this.#foldedSince + burstWindowMs - now));
    this.#summaryTimer = setTimeout(() => this.#summarise(state), waitMs);
  }

  /** Tells of the wave in one notification, which leads to its last message. */
  #summarise({ conversations, me, users }: State): void {
    const folded = [...this.#folded];
    this.#folded.clear();
    const [messageId, last] = folded.at(-1) ?? [];
    if (messageId === undefined || !last) return;
    const channelIds = [...new Set(folded.map(([, { channelId }]) => channelId))];
    const places = channelIds.slice(0, maxPlaces).flatMap((channelId) => {
      const channel = conversations.get(channelId)?.channel;
      return channel ? [conversationTitle(channel, me.id, users)] : [];
    });
    const { wave, wavePlaces } = notificationMessages;
    this.#tell(messageId, last, {
      title: wave(folded.length),
      body: wavePlaces(places, channelIds.length - places.length),
    });
  }

  #show(message: Message, state: State): void {
    const { id, channelId, number, threadRootId } = message;
    this.#tell(
      id,
      { channelId, number, threadRootId },
      { title: titleFor(message, state), body: this.#options.plainText(message.text) },
    );
  }

  #tell(messageId: Id, shown: Shown, { title, body }: { title: string; body: string }): void {
    this.#shown.set(messageId, shown);
    const input = {
      account: this.#options.account,
      messageId,
      channelId: shown.channelId,
      title: title.slice(0, maxTitle),
      body: body.slice(0, maxBody),
      silent: false,
    };
    this.#options.bridge.call('notification.show', input).then(
      ({ shown }) => {
        if (!shown) this.#shown.delete(messageId);
      },
      (error: unknown) => this.#options.onTrouble('a notification could not be shown', error),
    );
  }

  #record(
    { id: messageId, authorId }: Pick<Message, 'id' | 'authorId'>,
    reason: HiddenReason | 'burst' | 'other_device',
  ): void {
    // What one wrote oneself needs no explanation.
    if (reason === 'own_message' || authorId === '') return;
    this.#options.bridge
      .call('notification.record', {
        account: this.#options.account,
        messageId,
        shown: false,
        reason,
      })
      .catch((error: unknown) => this.#options.onTrouble('a decision could not be kept', error));
  }

  #isBurst(): boolean {
    const now = this.#options.now();
    this.#burst = this.#burst.filter((at) => now - at < burstWindowMs);
    if (this.#burst.length >= burstLimit) return true;
    this.#burst.push(now);
    return false;
  }

  #threadInterest(message: Message, meId: Id): Promise<ThreadInterest> {
    const isOther = message.threadRootId !== null && message.authorId !== meId;
    return isOther ? this.#options.threadInterest(message) : Promise.resolve('none');
  }

  #withdraw(matches: (shown: Shown, messageId: Id) => boolean): void {
    for (const [messageId, folded] of this.#folded) {
      if (matches(folded, messageId)) this.#folded.delete(messageId);
    }
    for (const [messageId, held] of this.#held) {
      if (!matches(held, messageId)) continue;
      clearTimeout(held.timer);
      this.#held.delete(messageId);
    }
    const messageIds = [...this.#shown]
      .filter(([messageId, shown]) => matches(shown, messageId))
      .map(([messageId]) => messageId);
    if (messageIds.length === 0) return;
    for (const messageId of messageIds) this.#shown.delete(messageId);
    this.#options.bridge
      .call('notification.withdraw', { account: this.#options.account, messageIds })
      .catch((error: unknown) => this.#options.onTrouble('notifications stayed', error));
  }
}

/** `Ada in #general`, or only the name where the conversation is direct. */
function titleFor(message: Message, state: State): string {
  const author = personName(state.users, message.authorId);
  const channel = state.conversations.get(message.channelId)?.channel;
  if (!channel || channel.kind === 'direct') return author;
  return notificationMessages.title(author, conversationTitle(channel, state.me.id, state.users));
}
