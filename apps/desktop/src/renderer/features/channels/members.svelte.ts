import type { CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Client } from '../../sync/client.ts';
import { explain } from '../../messages.ts';

export type ChannelMember = CommandOutput<'channel.members'>['members'][number];

const pageSize = 200;

/** The members of a channel, page by page as they are needed. */
export class Members {
  list = $state.raw<readonly ChannelMember[]>([]);
  loaded = $state(false);
  complete = $state(false);
  error = $state<string | null>(null);
  readonly #client: Client;
  readonly #channelId: Id;
  #next: Id | null = null;
  #request = 0;
  #loading = false;

  constructor(client: Client, channelId: Id) {
    this.#client = client;
    this.#channelId = channelId;
  }

  /** Loads from the beginning as many as are shown, at least one page: somebody came, left or changed. */
  async reload(): Promise<void> {
    const wanted = Math.max(pageSize, this.list.length);
    const request = ++this.#request;
    const fresh: ChannelMember[] = [];
    let next: Id | null = null;
    this.#loading = true;
    try {
      do {
        const page = await this.#page(next);
        if (request !== this.#request) return;
        fresh.push(...page.members);
        next = page.next;
      } while (next !== null && fresh.length < wanted);
      this.list = fresh;
      this.#next = next;
      this.complete = next === null;
      this.loaded = true;
      this.error = null;
    } catch (failure) {
      if (request === this.#request) this.error = explain(failure);
    } finally {
      if (request === this.#request) this.#loading = false;
    }
  }

  async loadMore(): Promise<void> {
    if (this.#loading || this.#next === null) return;
    this.#loading = true;
    const request = this.#request;
    try {
      const page = await this.#page(this.#next);
      if (request !== this.#request) return;
      this.list = [...this.list, ...page.members];
      this.#next = page.next;
      this.complete = page.next === null;
    } catch (failure) {
      this.error = explain(failure);
    } finally {
      if (request === this.#request) this.#loading = false;
    }
  }

  #page(after: Id | null): Promise<CommandOutput<'channel.members'>> {
    return this.#client.command('channel.members', {
      channelId: this.#channelId,
      limit: pageSize,
      ...(after !== null && { after }),
    });
  }
}
