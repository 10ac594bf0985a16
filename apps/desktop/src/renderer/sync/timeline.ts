import type { Event } from '@parley/shared/protocol/events.ts';
import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import { ParleyError, type ErrorCode } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { Topic } from './topic.ts';

/** More than these are not held; the end that is farther from what was loaded last is let go. */
export const maxHeld = 500;
const pageSize = 60;

export type Loading = 'none' | 'initial' | 'older' | 'newer' | 'around';

export type History = (
  input: CommandInput<'message.history'>,
) => Promise<CommandOutput<'message.history'>>;

type Bounds = { before?: number; after?: number; around?: number };

/** The number that orders a message in this timeline. */
type NumberOf = (message: Message) => number | null;

/**
 * A run of consecutive messages of a channel or a thread: what is on screen and around it. Pages extend it at
 * either end, events change it, and while it reaches the end new messages are added to it.
 */
export class Timeline {
  readonly channelId: Id;
  readonly threadRootId: Id | null;
  readonly #history: History;
  readonly #topic: Topic;
  readonly #numberOf: NumberOf;
  #messages: Message[] = [];
  #loaded = false;
  #hasMoreBefore = false;
  #hasMoreAfter = false;
  #loading: Loading = 'none';
  #failure: ErrorCode | null = null;
  /** What failed, to be tried again. */
  #failed: { loading: Loading; bounds: Bounds } | null = null;
  /** Events that came while a page was on its way, which may be older or newer than what they tell of. */
  #meanwhile: Event[] = [];
  #request = 0;

  constructor(options: { channelId: Id; threadRootId: Id | null; history: History; topic: Topic }) {
    this.channelId = options.channelId;
    this.threadRootId = options.threadRootId;
    this.#history = options.history;
    this.#topic = options.topic;
    this.#numberOf = options.threadRootId === null ? byNumber : byThreadNumber;
  }

  /** Whether somebody looks at it. */
  get isShown(): boolean {
    return this.#topic.isFollowed;
  }

  /** In order; never changed in place. */
  get messages(): readonly Message[] {
    this.#topic.read();
    return this.#messages;
  }

  /** Whether there is anything to show yet, be it nothing. */
  get isLoaded(): boolean {
    this.#topic.read();
    return this.#loaded;
  }

  get hasMoreBefore(): boolean {
    this.#topic.read();
    return this.#hasMoreBefore;
  }

  get hasMoreAfter(): boolean {
    this.#topic.read();
    return this.#hasMoreAfter;
  }

  get loading(): Loading {
    this.#topic.read();
    return this.#loading;
  }

  /** Why the last page could not be loaded; null when it could. */
  get failure(): ErrorCode | null {
    this.#topic.read();
    return this.#failure;
  }

  /** Loads the latest messages, or those around a number, unless there is something already. */
  async open(around: number | null = null): Promise<void> {
    if (this.#loaded || this.#loading === 'initial') await this.retry();
    else await this.#load('initial', around === null ? {} : { around });
  }

  /** Loads again what could not be loaded. */
  async retry(): Promise<void> {
    const failed = this.#failed;
    if (!failed || this.#loading !== 'none') return;
    // What is held may begin and end elsewhere by now: a page has to join on to that.
    if (failed.loading === 'older') await this.loadOlder();
    else if (failed.loading === 'newer') await this.loadNewer();
    else await this.#load(failed.loading, failed.bounds);
  }

  async loadOlder(): Promise<void> {
    const first = this.#messages[0];
    const number = first ? this.#numberOf(first) : null;
    if (!this.#hasMoreBefore || this.#loading !== 'none' || number === null) return;
    await this.#load('older', { before: number });
  }

  async loadNewer(): Promise<void> {
    const last = this.#messages.at(-1);
    const number = last ? this.#numberOf(last) : null;
    if (!this.#hasMoreAfter || this.#loading !== 'none' || number === null) return;
    await this.#load('newer', { after: number });
  }

  /** Replaces what is held by the messages around a number, unless it is held. */
  async jumpTo(number: number): Promise<void> {
    if (this.#messages.some((message) => this.#numberOf(message) === number)) return;
    await this.#load('around', { around: number });
  }

  async jumpToLatest(): Promise<void> {
    if (this.#loaded && !this.#hasMoreAfter) return;
    await this.#load('around', {});
  }

  /** Begins anew: what is held may have holes. */
  reset(): void {
    this.#request += 1;
    this.#messages = [];
    this.#loaded = false;
    this.#loading = 'none';
    this.#hasMoreBefore = false;
    this.#hasMoreAfter = false;
    this.#failure = null;
    this.#failed = null;
    this.#meanwhile = [];
    this.#topic.changed();
  }

  /** Takes what an earlier run of the app kept, which reached the end of the channel at that time. */
  restore(messages: Message[]): void {
    this.#messages = messages;
    this.#loaded = true;
    const first = messages[0];
    this.#hasMoreBefore = first !== undefined && (this.#numberOf(first) ?? 1) > 1;
    this.#topic.changed();
  }

  /** The latest messages for the next run of the app; null when the end is not held. */
  latest(limit: number): Message[] | null {
    return this.#loaded && !this.#hasMoreAfter ? this.#messages.slice(-limit) : null;
  }

  /** Follows an event. Returns whether anything changed. */
  follow(event: Event): boolean {
    if (!this.#concerns(event)) return false;
    if (this.#loading !== 'none') this.#meanwhile.push(event);
    if (!this.#change(event)) return false;
    this.#topic.changed();
    return true;
  }

  /** Puts a message of one's own in, of which the answer came before the event. */
  add(message: Message): void {
    if (this.#insert(message)) this.#topic.changed();
  }

  /** Puts a newer version of a message in where it is held. */
  replace(message: Message): void {
    if (this.#replace(message.id, () => message)) this.#topic.changed();
  }

  /** Whether an event is about messages of this channel; most events are of others. */
  #concerns(event: Event): boolean {
    const { data } = event;
    if ('message' in data) return data.message.channelId === this.channelId;
    if ('root' in data) return data.root.channelId === this.channelId;
    return 'messageId' in data && data.channelId === this.channelId;
  }

  #change(event: Event): boolean {
    switch (event.type) {
      case 'message.posted':
        return this.#insert(event.data.message);
      case 'message.edited':
      case 'message.deleted':
        return this.#replace(event.data.message.id, () => event.data.message);
      case 'thread.updated': {
        if (!('root' in event.data)) return false;
        const { root } = event.data;
        return this.#replace(root.id, () => root);
      }
      case 'reaction.added':
      case 'reaction.removed': {
        const { messageId, reactions } = event.data;
        return this.#replace(messageId, (message) => ({ ...message, reactions }));
      }
      default:
        return false;
    }
  }

  #belongsHere(message: Message): boolean {
    if (message.channelId !== this.channelId || this.#numberOf(message) === null) return false;
    return this.threadRootId === null || message.threadRootId === this.threadRootId;
  }

  #insert(message: Message): boolean {
    if (!this.#belongsHere(message) || !this.#loaded) return false;
    if (this.#messages.some(({ id }) => id === message.id)) return false;
    // What lies beyond a gap is loaded when the gap is; it must not be shown as if nothing were between.
    if (this.#hasMoreAfter) return false;
    this.#messages = this.#trimmed([...this.#messages, message].sort(this.#compare), 'newer');
    return true;
  }

  #replace(messageId: Id, change: (message: Message) => Message): boolean {
    const index = this.#messages.findIndex(({ id }) => id === messageId);
    const message = this.#messages[index];
    if (!message) return false;
    this.#messages = this.#messages.with(index, change(message));
    return true;
  }

  readonly #compare = (a: Message, b: Message) =>
    (this.#numberOf(a) ?? 0) - (this.#numberOf(b) ?? 0);

  async #load(loading: Loading, bounds: Bounds): Promise<void> {
    this.#request += 1;
    const request = this.#request;
    this.#loading = loading;
    this.#failure = null;
    this.#failed = null;
    this.#meanwhile = [];
    this.#topic.changed();
    try {
      const page = await this.#history({
        channelId: this.channelId,
        limit: pageSize,
        ...bounds,
        ...(this.threadRootId !== null && { threadRootId: this.threadRootId }),
      });
      if (request !== this.#request) return;
      if (page.messages.length > pageSize) {
        throw new ParleyError('internal', 'The server sent more than was asked for.');
      }
      this.#take(loading, page);
      for (const event of this.#meanwhile) this.#change(event);
    } catch (error) {
      if (request !== this.#request) return;
      this.#failure = error instanceof ParleyError ? error.code : 'internal';
      this.#failed = { loading, bounds };
      if (!(error instanceof ParleyError)) throw error;
    } finally {
      if (request === this.#request) {
        this.#loading = 'none';
        this.#meanwhile = [];
        this.#topic.changed();
      }
    }
  }

  #take(loading: Loading, page: CommandOutput<'message.history'>): void {
    const extend = loading === 'older' || loading === 'newer';
    const kept = extend ? this.#messages : [];
    const fresh = new Map(page.messages.map((message) => [message.id, message]));
    const merged = [...kept.filter(({ id }) => !fresh.has(id)), ...page.messages];
    this.#loaded = true;
    if (loading !== 'newer') this.#hasMoreBefore = page.hasMoreBefore;
    if (loading !== 'older') this.#hasMoreAfter = page.hasMoreAfter;
    this.#messages = this.#trimmed(merged.sort(this.#compare), loading);
  }

  /** Keeps at most `maxHeld`, letting the end go that was not extended. */
  #trimmed(messages: Message[], loading: Loading): Message[] {
    if (messages.length <= maxHeld) return messages;
    // A page that is on its way ends where the messages begin: they begin there until it has come.
    if (loading === 'newer' && this.#loading === 'older') return messages;
    if (loading === 'older') {
      this.#hasMoreAfter = true;
      return messages.slice(0, maxHeld);
    }
    this.#hasMoreBefore = true;
    return messages.slice(-maxHeld);
  }
}

function byNumber(message: Message): number | null {
  return message.number;
}

function byThreadNumber(message: Message): number | null {
  return message.threadNumber;
}
