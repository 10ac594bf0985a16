import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import {
  decide,
  type Attention,
  type HiddenReason,
  type ThreadInterest,
} from '@parley/shared/notifications/decide.ts';
import { maxHiddenAtOnce, type Bridge, type CallInput } from '../bridge/bridge.ts';
import type { Account } from '../bridge/settings.ts';
import type { Matter, Past, Through, Told } from '../bridge/hand-over.ts';
import type { State } from '@parley/shared/state/state.ts';
import { saidIn } from '../renderer/messages/files.ts';
import { conversationTitle, personName } from '../renderer/messages/names.ts';
import { notificationMessages } from '../renderer/messages/notification.ts';
import { Paced } from './paced.ts';

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
/** Why nobody was told of something is kept no more often than this. */
const keptEveryMs = 1_000;
const maxTitle = 120;
const maxBody = 300;

export type NotifierOptions = {
  account: Account;
  bridge: Pick<Bridge, 'call'>;
  attention: () => Attention;
  /** The person used another of their devices last: that one tells them. */
  isElsewhere: () => boolean | Promise<boolean>;
  /** The text of a message without its marks. */
  plainText: (text: string) => string;
  /** What the person has to do with the thread of a reply. */
  threadInterest: (reply: Message) => Promise<ThreadInterest>;
  now: () => number;
  onTrouble: (trouble: string, error: unknown) => void;
};

/**
 * Tells the person of what came in while they looked elsewhere, and takes it back once they have read it. Events are
 * taken up one after the other, so that another notifier can go on exactly where this one is closed.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #shown = new Map<Id, Told>();
  #burst: number[] = [];
  /** Messages of a wave that are to be told of together, in the order of their coming. */
  readonly #folded = new Map<Id, Matter>();
  #foldedSince = 0;
  #summaryTimer: ReturnType<typeof setTimeout> | undefined;
  /** Messages that another device tells of first, with what shows them here after all. */
  readonly #held = new Map<Id, { matter: Matter; timer: ReturnType<typeof setTimeout> }>();
  /** What another one left, until its turn comes. */
  readonly #left = new Map<Id, Matter>();
  /** What nobody was told of, until main has been told why. */
  #hidden: CallInput<'notification.record'>['hidden'] = [];
  readonly #kept = new Paced(keptEveryMs, () => {
    this.#keep();
  });
  #queue: Promise<void> = Promise.resolve();
  #queued = 0;
  /** What another one has decided on already. */
  #before: Through | null = null;
  /** Everything up to here has been decided on, here or before. */
  #through: Through | null = null;
  #closed = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Nothing is being decided on at the moment. */
  get isIdle(): boolean {
    return this.#queued === 0;
  }

  /** Takes up where another one was closed. Before the first event. */
  resume({ through, shown, waiting }: Past): void {
    this.#before = through;
    this.#through = through;
    for (const told of shown) this.#shown.set(told.messageId, told);
    for (const matter of waiting) {
      this.#left.set(matter.messageId, matter);
      this.#enqueue(() => this.#raise(matter));
    }
  }

  /** Nobody is told of anything any more. Returns what another one needs to go on. */
  close(): Pick<Past, 'through' | 'waiting'> {
    this.#closed = true;
    this.keepDecisions();
    clearTimeout(this.#summaryTimer);
    for (const { timer } of this.#held.values()) clearTimeout(timer);
    const held = [...this.#held.values()].map(({ matter }) => matter);
    const waiting = [...this.#left.values(), ...this.#folded.values(), ...held];
    this.#left.clear();
    this.#folded.clear();
    this.#held.clear();
    return { through: this.#through, waiting };
  }

  /** Follows an event, of which `after` knows already. */
  follow(event: Event, after: State): void {
    switch (event.type) {
      case 'message.posted':
        this.#enqueue(() => this.#posted(event, after));
        return;
      case 'read.updated':
      case 'membership.updated':
        if ('membership' in event.data) {
          const { channelId, readThrough } = event.data.membership;
          this.#withdrawInTurn(
            (each) => each.channelId === channelId && (each.number ?? Infinity) <= readThrough,
          );
        } else {
          const { rootId, readThrough } = event.data.thread;
          this.#withdrawInTurn(
            (each) =>
              each.threadRootId === rootId && (each.threadNumber ?? Infinity) <= readThrough,
          );
        }
        return;
      case 'membership.removed':
        this.#withdrawInTurn(({ channelId }) => channelId === event.data.channelId);
        return;
      case 'message.deleted':
        this.#withdrawInTurn(({ messageId }) => messageId === event.data.message.id);
        return;
      default:
    }
  }

  /** Takes back what has been read or left, as the state knows: events that say so may have been missed. */
  settle({ conversations }: State): void {
    this.#withdrawInTurn(({ channelId, number }) => {
      const membership = conversations.get(channelId)?.membership;
      return !membership || (number ?? Infinity) <= membership.readThrough;
    });
  }

  /** The replies of a thread are on screen and looked at. */
  threadSeen(rootId: Id): void {
    this.#withdraw((each) => each.number === null && each.threadRootId === rootId);
  }

  /** Whatever was decided so far is in the ledger for those who ask for it after this. */
  keepDecisions(): void {
    this.#kept.stop();
    this.#keep();
  }

  #enqueue(work: () => Promise<void> | void): void {
    this.#queued += 1;
    this.#queue = this.#queue
      .then(async () => {
        if (!this.#closed) await work();
      })
      .catch((error: unknown) => {
        this.#options.onTrouble('a notification could not be decided on', error);
      })
      .finally(() => {
        this.#queued -= 1;
      });
  }

  #withdrawInTurn(matches: (told: Told) => boolean): void {
    this.#enqueue(() => this.#withdraw(matches));
  }

  async #posted(event: Extract<Event, { type: 'message.posted' }>, after: State): Promise<void> {
    if (this.#isPast(event, after)) return;
    const { message } = event.data;
    const decision = decide(event, after.preferences, {
      meId: after.me.id,
      conversation: after.conversations.get(message.channelId),
      attention: this.#options.attention(),
      thread: await this.#threadInterest(message, after.me.id),
      now: this.#options.now(),
    });
    const isElsewhere = decision.show && (await this.#options.isElsewhere());
    // Closed meanwhile: whoever goes on decides, and nobody twice.
    if (this.#closed) return;
    this.#through = { epoch: after.epoch, position: event.position };
    if (decision.show) this.#tellOrHold(this.#matterOf(message, after), isElsewhere);
    // What one wrote oneself needs no explanation.
    else if (decision.reason !== 'own_message') this.#record(message.id, decision.reason);
  }

  #isPast({ position }: Event, { epoch }: State): boolean {
    return this.#before?.epoch === epoch && position <= this.#before.position;
  }

  async #raise(matter: Matter): Promise<void> {
    const isElsewhere = await this.#options.isElsewhere();
    if (this.#closed) return;
    this.#left.delete(matter.messageId);
    this.#tellOrHold(matter, isElsewhere);
  }

  #tellOrHold(matter: Matter, isElsewhere: boolean): void {
    if (isElsewhere) this.#hold(matter);
    else this.#notify(matter);
  }

  #notify(matter: Matter): void {
    if (this.#isBurst()) this.#fold(matter);
    else this.#tell(matter, matter);
  }

  #hold(matter: Matter): void {
    const { messageId } = matter;
    this.#record(messageId, 'other_device');
    if (this.#held.size >= maxHeld) return;
    const timer = setTimeout(() => {
      this.#held.delete(messageId);
      this.#notify(matter);
    }, otherDeviceMs);
    this.#held.set(messageId, { matter, timer });
  }

  #fold(matter: Matter): void {
    this.#record(matter.messageId, 'burst');
    if (this.#folded.size >= maxFolded) return;
    const now = this.#options.now();
    if (this.#folded.size === 0) this.#foldedSince = now;
    this.#folded.set(matter.messageId, matter);
    clearTimeout(this.#summaryTimer);
    const waitMs = Math.max(0, Math.min(calmMs, this.#foldedSince + burstWindowMs - now));
    this.#summaryTimer = setTimeout(() => this.#summarise(), waitMs);
  }

  /** Tells of the wave in one notification, which leads to its last message. */
  #summarise(): void {
    const folded = [...this.#folded.values()];
    this.#folded.clear();
    const last = folded.at(-1);
    if (!last) return;
    const places = [...new Map(folded.map(({ channelId, place }) => [channelId, place])).values()];
    const { wave, wavePlaces } = notificationMessages;
    this.#tell(last, {
      title: wave(folded.length),
      body: wavePlaces(places.slice(0, maxPlaces), Math.max(0, places.length - maxPlaces)),
    });
  }

  #matterOf(message: Message, state: State): Matter {
    const { id: messageId, channelId, number, threadRootId, threadNumber } = message;
    const channel = state.conversations.get(channelId)?.channel;
    const place = channel ? conversationTitle(channel, state.me.id, state.users) : '';
    const author = personName(state.users, message.authorId);
    const isDirect = !channel || channel.kind === 'direct';
    return {
      ...{ messageId, channelId, number, threadRootId, threadNumber },
      title: (isDirect ? author : notificationMessages.title(author, place)).slice(0, maxTitle),
      body: saidIn(this.#options.plainText(message.text), message.files).slice(0, maxBody),
      place: place.slice(0, maxTitle),
    };
  }

  #tell(
    { messageId, channelId, number, threadRootId, threadNumber }: Told,
    { title, body }: { title: string; body: string },
  ): void {
    const told = { messageId, channelId, number, threadRootId, threadNumber };
    this.#shown.set(messageId, told);
    const { account, bridge, onTrouble } = this.#options;
    bridge.call('notification.show', { account, ...told, title, body, silent: false }).then(
      ({ shown, reason }) => {
        // One that was shown before is there still, and is to be withdrawn.
        if (!shown && reason !== 'already_shown') this.#shown.delete(messageId);
      },
      (error: unknown) => onTrouble('a notification could not be shown', error),
    );
  }

  #record(
    messageId: Id,
    reason: Exclude<HiddenReason, 'own_message'> | 'burst' | 'other_device',
  ): void {
    this.#hidden.push({ messageId, reason });
    if (this.#hidden.length < maxHiddenAtOnce) this.#kept.soon();
    else this.keepDecisions();
  }

  #keep(): void {
    const hidden = this.#hidden;
    this.#hidden = [];
    if (hidden.length === 0) return;
    const { account, bridge, onTrouble } = this.#options;
    bridge
      .call('notification.record', { account, hidden })
      .catch((error: unknown) => onTrouble('decisions could not be kept', error));
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

  #withdraw(matches: (told: Told) => boolean): void {
    for (const [messageId, matter] of this.#folded) {
      if (matches(matter)) this.#folded.delete(messageId);
    }
    for (const [messageId, { matter, timer }] of this.#held) {
      if (!matches(matter)) continue;
      clearTimeout(timer);
      this.#held.delete(messageId);
    }
    const messageIds = [...this.#shown.values()].filter(matches).map((told) => told.messageId);
    if (messageIds.length === 0) return;
    for (const messageId of messageIds) this.#shown.delete(messageId);
    this.#options.bridge
      .call('notification.withdraw', { account: this.#options.account, messageIds })
      .catch((error: unknown) => this.#options.onTrouble('notifications stayed', error));
  }
}
