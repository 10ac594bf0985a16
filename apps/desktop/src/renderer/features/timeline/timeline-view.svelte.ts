import { tick } from 'svelte';
import type { VirtualizerHandle } from 'virtua/svelte';
import type { Membership } from '@parley/shared/protocol/channel.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { Client, Timeline } from '../../sync/client.ts';
import { heardIn, messages, personName } from '../../messages.ts';
import { Displayed } from './displayed.svelte.ts';
import { Following } from './following.svelte.ts';
import { plainText } from './markdown/parsed.ts';
import { rightsOver } from './permissions.ts';
import { Reading } from './reading.svelte.ts';
import { buildRows, type Row } from './rows.ts';

/** Older and newer messages are asked for while there is still this much to scroll. */
const prefetchPx = 1_400;
const announcedLength = 300;

type Options = {
  client: Client;
  channelId: Id;
  threadRootId: Id | null;
  /** Somebody looks at the window. */
  seen: () => boolean;
  /** In a thread: the message that it began with. */
  root: () => Message | null;
};

/**
 * What is on screen of a timeline, and where: the list stays at its end while it is there, keeps its place when
 * older messages are put before, and leads to a message when asked to.
 */
export class TimelineView {
  readonly displayed = new Displayed();
  readonly following = new Following();
  readonly reading: Reading;
  readonly inThread: boolean;
  list = $state<VirtualizerHandle>();
  scroller = $state<HTMLElement>();
  /** The list is where it should begin; until then it is not shown. */
  placed = $state(false);
  /** The list knows the size of the window, and with that which rows are on screen. */
  measured = $state(false);
  firstVisible = $state(0);
  lastVisible = $state(0);
  scrolled = $state(false);
  flashedKey = $state<string | null>(null);
  /** What screen readers are told. */
  announced = $state('');
  readonly #options: Options;

  /** By itself, so that rows are not made anew with every event that changes the state. */
  readonly #meId: Id = $derived.by(() => this.#options.client.state?.me.id ?? '');
  readonly rows = $derived.by(() => {
    const { client, channelId, threadRootId, root } = this.#options;
    return buildRows({
      messages: this.timeline.messages,
      pending: this.timeline.hasMoreAfter ? [] : client.pending(channelId, threadRootId),
      meId: this.#meId,
      newAfter: this.reading.newAfter,
      hasMoreBefore: this.timeline.hasMoreBefore,
      numberOf: (message) => this.numberOf(message),
      root: root(),
    });
  });
  /** One's newest message of all in the channel, where it is held and the workspace shows who has read it; else null. */
  readonly newestOwnId = $derived.by((): Id | null => {
    if (this.inThread || this.timeline.hasMoreAfter) return null;
    const { state } = this.#options.client;
    if (!state?.workspace.readReceipts) return null;
    const newest = this.timeline.messages.findLast(
      (each) => each.authorId === this.#meId && rightsOver(each, state).seeReaders,
    );
    return newest?.id ?? null;
  });
  /** The last message of all is on screen, or will be with the next frame. */
  readonly atEnd = $derived.by(
    () => (this.following.on || this.following.near) && !this.timeline.hasMoreAfter,
  );
  readonly #newIndex = $derived(this.displayed.rows.findIndex((row) => row.isFirstNew));
  /** The first unread message is above what is on screen. */
  readonly leadsToUnread = $derived.by(
    () =>
      this.reading.newAfter !== null &&
      !this.reading.lineSeen &&
      this.placed &&
      (this.#newIndex < 0 ? this.timeline.hasMoreBefore : this.#newIndex < this.firstVisible),
  );
  /** How many unread messages are below; null at the end. */
  readonly below = $derived(this.atEnd ? null : (this.membership?.unreadCount ?? 0));
  /** The day of the first row on screen, unless that row says it itself. */
  readonly topDay = $derived.by(() => {
    const row = this.displayed.rows[this.firstVisible];
    if (row?.day !== null) return null;
    return row.kind === 'message' ? row.message.createdAt : row.pending.createdAt;
  });
  /** Everything up to this number has been on screen. */
  readonly readUpTo = $derived.by(() => {
    const last = this.timeline.messages.at(-1);
    if (this.atEnd) return last ? this.numberOf(last) : null;
    const row = this.displayed.rows[this.lastVisible];
    return row?.kind === 'message' ? this.numberOf(row.message) : null;
  });

  constructor(options: Options) {
    this.#options = options;
    this.inThread = options.threadRootId !== null;
    this.reading = new Reading(this.inThread ? undefined : this.membership);
  }

  get timeline(): Timeline {
    const { client, channelId, threadRootId } = this.#options;
    return client.timeline(channelId, threadRootId);
  }

  get membership(): Membership | undefined {
    return this.#options.client.conversation(this.#options.channelId)?.membership;
  }

  numberOf(message: Message): number | null {
    return this.inThread ? message.threadNumber : message.number;
  }

  indexOf(key: string | null): number {
    return this.displayed.rows.findIndex((row) => row.key === key);
  }

  /** Shows these rows, keeps the place or stays at the end, and tells of what is new. */
  take(next: readonly Row[], target: number | null): void {
    const before = this.displayed.rows;
    const last = before.at(-1)?.key;
    const known = last === undefined ? -1 : next.findIndex((row) => row.key === last);
    const added = known < 0 ? [] : next.slice(known + 1);
    const sent = added.some((row) => row.kind === 'pending');
    this.following.changed();
    this.displayed.show(next);
    if (before.length === 0 && next.length > 0) void this.#place(target);
    this.#tell(added);
    if (sent) {
      this.reading.clear();
      this.following.on = true;
    }
    void this.#follow();
  }

  toEnd(): Promise<void> {
    this.following.on = true;
    return this.#follow();
  }

  async toLatest(): Promise<void> {
    await this.timeline.jumpToLatest();
    await this.toEnd();
  }

  /** Leads to the message with this number, or the next one there is. */
  async leadTo(number: number): Promise<void> {
    await this.timeline.jumpTo(number);
    await tick();
    const index = this.displayed.rows.findIndex(
      (row) => row.kind === 'message' && (this.numberOf(row.message) ?? 0) >= number,
    );
    const row = this.displayed.rows[index];
    if (!row) return;
    this.following.on = false;
    this.following.changed();
    this.list?.scrollToIndex(index, { align: 'center' });
    this.flashedKey = row.key;
  }

  /** Reads where the list stands: what is on screen, whether it is the end, whether more is due. */
  look(): void {
    const { list, timeline } = this;
    if (!list) return;
    const offset = list.getScrollOffset();
    const bottom = offset + list.getViewportSize();
    const size = list.getScrollSize();
    this.firstVisible = list.findItemIndex(offset + 4);
    this.lastVisible = list.findItemIndex(Math.max(0, bottom - 12));
    this.scrolled = offset > 4;
    const newIndex = this.#newIndex;
    if (newIndex >= this.firstVisible && newIndex <= this.lastVisible) this.reading.lineSeen = true;
    if (this.following.stands(offset, size - bottom) && !timeline.hasMoreAfter) {
      // What is due above is seen to from there.
      void this.#follow();
      return;
    }
    if (offset < prefetchPx) void timeline.loadOlder();
    if (size - bottom < prefetchPx) void timeline.loadNewer();
  }

  /** Rows or the window changed their size. */
  resized(): void {
    this.measured = true;
    this.following.changed();
    void this.#follow();
    if (this.placed) this.look();
  }

  /**
   * Puts the list at its end if it follows it. By the element, since an index goes stale when rows are put before; what
   * comes into view by that has its size taken, which leads here again until nothing moves.
   */
  async #follow(): Promise<void> {
    if (!this.#follows()) return;
    await tick();
    if (!this.scroller || !this.#follows()) return;
    this.following.changed();
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #follows(): boolean {
    return this.following.on && !this.timeline.hasMoreAfter;
  }

  async #place(target: number | null): Promise<void> {
    if (target === null) await this.toEnd();
    else await this.leadTo(target);
    requestAnimationFrame(() => {
      this.placed = true;
      this.look();
    });
  }

  /** Messages that come in are announced; those that come in while nobody looks are missed. */
  #tell(added: readonly Row[]): void {
    for (const row of added) {
      if (row.kind !== 'message' || row.message.authorId === this.#meId) continue;
      const { message } = row;
      if (!this.inThread && !(this.#options.seen() && this.atEnd)) this.reading.missed(message);
      const known = this.#options.client.state;
      const author = known ? personName(known.users, message.authorId) : '';
      const text = plainText(message.text).slice(0, announcedLength);
      this.announced = messages.timeline.announce(author, heardIn(text, message.files));
    }
  }
}
