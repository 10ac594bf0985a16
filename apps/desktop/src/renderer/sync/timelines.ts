import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import { placeKey } from '@parley/shared/state/place-key.ts';
import { Timeline, type History } from './timeline.ts';
import type { Topic } from './topic.ts';

/** The timelines used last; more are let go. */
const maxTimelines = 60;

/** The timelines of channels and threads that are in use, or were a while ago. */
export class Timelines {
  readonly #history: History;
  readonly #newTopic: () => Topic;
  /** In the order of last use. */
  readonly #timelines = new Map<string, Timeline>();

  constructor(history: History, newTopic: () => Topic) {
    this.#history = history;
    this.#newTopic = newTopic;
  }

  /** The same object as long as it is in use. */
  get(channelId: Id, threadRootId: Id | null): Timeline {
    const key = placeKey(channelId, threadRootId);
    const timeline =
      this.#timelines.get(key) ??
      new Timeline({ channelId, threadRootId, history: this.#history, topic: this.#newTopic() });
    this.#timelines.delete(key);
    this.#timelines.set(key, timeline);
    for (const oldest of this.#timelines.keys()) {
      if (this.#timelines.size <= maxTimelines) break;
      this.#timelines.delete(oldest);
    }
    return timeline;
  }

  /** Whether messages of this channel are on screen, in it or in one of its threads. */
  isShown(channelId: Id): boolean {
    return [...this.#timelines.values()].some(
      (timeline) => timeline.channelId === channelId && timeline.isShown,
    );
  }

  follow(event: Event): void {
    for (const timeline of this.#timelines.values()) timeline.follow(event);
    // Nothing of a conversation that one has left stays.
    if (event.type === 'membership.removed') this.#forget(event.data.channelId);
  }

  /** Puts in a message of one's own, of which the answer may come before the event. */
  add(message: Message): void {
    for (const timeline of this.#timelines.values()) timeline.add(message);
  }

  /**
   * Events may be missing: what was loaded begins anew, first what is on screen. So does what is being loaded, for
   * the server may have read that page before what is missing.
   */
  reset(): void {
    const begun = [...this.#timelines.values()].filter(
      ({ isLoaded, loading }) => isLoaded || loading !== 'none',
    );
    for (const timeline of begun) timeline.reset();
    // The one used last is on screen; the others load when they are opened.
    void begun.at(-1)?.open();
  }

  /** Loads again what could not be loaded without a connection. */
  retry(): void {
    for (const timeline of this.#timelines.values()) void timeline.retry();
  }

  /** The latest messages of the channels used last. */
  latest(channels: number, messages: number): { channelId: Id; messages: Message[] }[] {
    return [...this.#timelines.values()]
      .filter(({ threadRootId }) => threadRootId === null)
      .slice(-channels)
      .flatMap((timeline) => {
        const latest = timeline.latest(messages);
        return latest ? [{ channelId: timeline.channelId, messages: latest }] : [];
      });
  }

  /** All that is held, a run of messages for each channel and thread, oldest first. A message may be in two of them. */
  held(): { channelId: Id; messages: readonly Message[] }[] {
    return [...this.#timelines.values()].map(({ channelId, messages }) => ({
      channelId,
      messages,
    }));
  }

  #forget(channelId: Id): void {
    for (const [key, timeline] of this.#timelines) {
      if (timeline.channelId === channelId) this.#timelines.delete(key);
    }
  }
}
