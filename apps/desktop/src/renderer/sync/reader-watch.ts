import type { CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Audience } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Topic } from './topic.ts';

export type Readers = CommandOutput<'message.readers'>;
export type WatchedMessage = { id: Id; channelId: Id };

/** Whoever only passes by a conversation asks nothing. */
const firstAfterMs = 500;
/** Between two questions while nothing changes; each wait is twice the one before it. */
const everyMs = { least: 10_000, most: 80_000 };
/** Something has happened in the conversation, so people are there. */
const hintedAfterMs = 2_000;
/** However much happens there. */
const leastApartMs = 5_000;

export type ReaderWatchOptions = {
  ask: (messageId: Id) => Promise<Readers>;
  topic: Topic;
  random: () => number;
  onTrouble: (trouble: string, error: unknown) => void;
};

/**
 * Who has read the one message that somebody looks at. Nobody is told of what others read, so the server is asked again
 * from time to time: never before somebody looks or when nobody does any more, the less often the longer nothing changes,
 * sooner when something happens in the conversation. Waits are stretched by chance, so that the many who
 * hear of the same event do not ask at the same moment.
 */
export class ReaderWatch {
  readonly #options: ReaderWatchOptions;
  #watched: WatchedMessage | null = null;
  #known: { messageId: Id; readers: Readers } | null = null;
  #online = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waitMs = everyMs.least;
  #askedAt = Number.NEGATIVE_INFINITY;
  #dueAt = Number.POSITIVE_INFINITY;
  #asking = false;

  constructor(options: ReaderWatchOptions) {
    this.#options = options;
  }

  /** What the server said last of this message, if it is the one that was watched last; else null. */
  of(messageId: Id): Readers | null {
    this.#options.topic.read();
    return this.#knownOf(messageId);
  }

  /** Watches this message instead of any other. Returns what ends that. */
  watch(message: WatchedMessage): () => void {
    this.#watched = message;
    this.#waitMs = everyMs.least;
    this.#askIn(this.#knownOf(message.id) ? this.#notBefore(firstAfterMs) : firstAfterMs);
    return () => {
      if (this.#watched === message) this.#end();
    };
  }

  /** Something has happened that this audience hears of. */
  follow(audience: Audience): void {
    if (!this.#watched || audience !== `channel:${this.#watched.channelId}`) return;
    this.#waitMs = everyMs.least;
    const waitMs = this.#stretched(this.#notBefore(hintedAfterMs));
    // A question that comes sooner serves as well, and what goes on happening must not put it off.
    if (performance.now() + waitMs < this.#dueAt) this.#askIn(waitMs);
  }

  setOnline(online: boolean): void {
    this.#online = online;
    if (online && this.#watched) this.#askIn(this.#stretched(firstAfterMs));
    else this.#rest();
  }

  stop(): void {
    this.#end();
    this.#online = false;
  }

  #end(): void {
    this.#watched = null;
    this.#rest();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  #knownOf(messageId: Id): Readers | null {
    return this.#known?.messageId === messageId ? this.#known.readers : null;
  }

  /** So long, or until enough time has passed since the last question. */
  #notBefore(ms: number): number {
    return Math.max(ms, this.#askedAt + leastApartMs - performance.now());
  }

  #stretched(ms: number): number {
    return ms * (1 + this.#options.random() / 2);
  }

  #askIn(ms: number): void {
    this.#rest();
    if (!this.#online || this.#asking) return;
    this.#dueAt = performance.now() + ms;
    this.#timer = setTimeout(() => void this.#ask(), ms);
  }

  async #ask(): Promise<void> {
    const watched = this.#watched;
    if (!watched) return;
    this.#rest();
    this.#asking = true;
    this.#askedAt = performance.now();
    const before = this.#knownOf(watched.id);
    let readers = before;
    try {
      readers = await this.#options.ask(watched.id);
    } catch (error) {
      // What was known stays on screen; it is asked for again in its turn.
      this.#options.onTrouble('who has read a message could not be asked for', error);
    }
    this.#asking = false;
    if (this.#watched !== watched) {
      if (this.#watched) this.#askIn(firstAfterMs);
      return;
    }
    if (readers) this.#take(watched.id, readers);
    const hasChanged = readers?.total !== before?.total;
    this.#waitMs = hasChanged ? everyMs.least : Math.min(everyMs.most, this.#waitMs * 2);
    // Where all have read there is nothing more to learn, unless something happens.
    const isOver = readers !== null && readers.total >= readers.outOf;
    if (!isOver) this.#askIn(this.#stretched(this.#waitMs));
  }

  #take(messageId: Id, readers: Readers): void {
    this.#known = { messageId, readers };
    this.#options.topic.changed();
  }
}
