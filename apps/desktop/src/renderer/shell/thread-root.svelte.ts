import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { Client } from '../sync/client.ts';
import { failureOf } from '../messages.ts';

/** The message that a thread began with: as its channel holds it, else fetched and kept up to date here. */
export class ThreadRoot {
  gone = $state(false);
  #fetched = $state.raw<Message | null>(null);
  readonly #client: Client;
  readonly #channelId: Id;
  readonly #rootId: Id;

  constructor(client: Client, channelId: Id, rootId: Id) {
    this.#client = client;
    this.#channelId = channelId;
    this.#rootId = rootId;
  }

  get message(): Message | null {
    const held = this.#client
      .timeline(this.#channelId)
      .messages.find(({ id }) => id === this.#rootId);
    return held ?? this.#fetched;
  }

  /** Fetches the message where it is not held. A failure that may pass is left to the next attempt. */
  async load(): Promise<void> {
    if (this.message) return;
    try {
      const { message } = await this.#client.command('message.get', { messageId: this.#rootId });
      this.#fetched = message;
    } catch (error) {
      this.gone = failureOf(error)?.code === 'not_found';
    }
  }

  follow(event: Event): void {
    const known = this.#fetched;
    if (!known) return;
    if (event.type === 'thread.updated') {
      if ('root' in event.data && event.data.root.id === known.id) this.#fetched = event.data.root;
    } else if (
      (event.type === 'message.edited' || event.type === 'message.deleted') &&
      event.data.message.id === known.id
    ) {
      this.#fetched = event.data.message;
    } else if (
      (event.type === 'reaction.added' || event.type === 'reaction.removed') &&
      event.data.messageId === known.id
    ) {
      this.#fetched = { ...known, reactions: event.data.reactions };
    }
  }
}
