import type { Ephemeral } from '@parley/shared/protocol/frames.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Presence } from '@parley/shared/protocol/user.ts';
import { placeKey } from '@parley/shared/state/place-key.ts';
import type { Topic } from './topic.ts';

/** Without another word, somebody has stopped typing after this time. */
const typingLastsMs = 6_000;

/** Who is typing where, and who is here: what comes without a position and is gone with the connection. */
export class Ephemera {
  readonly #topic: Topic;
  readonly #typing = new Map<string, Map<Id, ReturnType<typeof setTimeout>>>();
  readonly #presence = new Map<Id, Presence>();

  constructor(topic: Topic) {
    this.#topic = topic;
  }

  /** Who is typing in a channel, or in one of its threads. */
  typing(channelId: Id, threadRootId: Id | null = null): Id[] {
    this.#topic.read();
    return [...(this.#typing.get(placeKey(channelId, threadRootId))?.keys() ?? [])];
  }

  /** What is known of a person who is being watched. */
  presence(userId: Id): Presence {
    this.#topic.read();
    return this.#presence.get(userId) ?? 'offline';
  }

  take(list: Ephemeral[]): void {
    for (const each of list) {
      if (each.type === 'presence') this.#presence.set(each.userId, each.presence);
      else this.#startTyping(placeKey(each.channelId, each.threadRootId ?? null), each.userId);
    }
    this.#topic.changed();
  }

  setPresences(presences: { userId: Id; presence: Presence }[]): void {
    for (const { userId, presence } of presences) this.#presence.set(userId, presence);
    this.#topic.changed();
  }

  /** They have said it. */
  stopTyping(channelId: Id, threadRootId: Id | null, userId: Id): void {
    const place = this.#typing.get(placeKey(channelId, threadRootId));
    clearTimeout(place?.get(userId));
    if (place?.delete(userId)) this.#topic.changed();
  }

  /** Without a connection nothing of this is known. */
  clear(): void {
    for (const place of this.#typing.values()) {
      for (const timer of place.values()) clearTimeout(timer);
    }
    this.#typing.clear();
    this.#presence.clear();
    this.#topic.changed();
  }

  #startTyping(key: string, userId: Id): void {
    const place = this.#typing.get(key) ?? new Map<Id, ReturnType<typeof setTimeout>>();
    this.#typing.set(key, place);
    clearTimeout(place.get(userId));
    const timer = setTimeout(() => {
      place.delete(userId);
      this.#topic.changed();
    }, typingLastsMs);
    place.set(userId, timer);
  }
}
