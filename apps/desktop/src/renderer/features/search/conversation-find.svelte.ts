import type { Message } from '@parley/shared/protocol/message.ts';
import { parseSearchQuery, type SearchQuery } from '@parley/shared/text/search-query.ts';
import type { SearchSource } from './source.ts';

/** What is looked for in one conversation, which messages have it, and at which of them the person is. */
export class ConversationFind {
  /** As it was typed. */
  text = $state('');
  query = $state.raw<SearchQuery | null>(null);
  /** Oldest first, as they stand in the conversation. */
  found = $state.raw<readonly Message[]>([]);
  current = $state.raw<Message | null>(null);
  readonly #source: SearchSource;
  #stop = new AbortController();

  constructor(source: SearchSource) {
    this.#source = source;
  }

  /** The place of the current message among those found, from 1; 0: there is none. */
  get place(): number {
    const { current } = this;
    return this.found.findIndex(({ id }) => id === current?.id) + 1;
  }

  /** Looks for what was typed; the latest message that has it is the current one. */
  async type(text: string): Promise<void> {
    this.text = text;
    if (await this.refresh()) this.current = this.found.at(-1) ?? null;
  }

  /** Looks again, and stays where it is. Answers false where another search took the place of this one. */
  async refresh(): Promise<boolean> {
    this.#stop.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const query = parseSearchQuery(this.text);
    const newestFirst: Message[] = [];
    if (query) {
      for await (const message of this.#source(query, signal)) newestFirst.push(message);
    }
    if (signal.aborted) return false;
    this.query = query;
    this.found = newestFirst.reverse();
    return true;
  }

  /** Goes on to the message before or after, round at the ends. */
  step(by: 1 | -1): void {
    const { length } = this.found;
    if (length === 0) return;
    const from = this.place === 0 && by < 0 ? 1 : this.place;
    this.current = this.found[(from - 1 + by + length) % length] ?? null;
  }

  /** Ends what is under way. */
  close(): void {
    this.#stop.abort();
  }
}
