import type { Message } from '@parley/shared/protocol/message.ts';
import {
  parseSearchQuery,
  snippetOf,
  type SearchQuery,
  type SnippetPart,
} from '@parley/shared/text/search-query.ts';
import { seenText } from './matcher.ts';
import type { SearchSource } from './source.ts';

export type Hit = { message: Message; snippet: SnippetPart[] };

const pageSize = 30;
const snippetLength = 160;

/** One search: what is looked for, and what of it was taken up so far. */
type Search = { query: SearchQuery; found: AsyncGenerator<Message, void>; stop: AbortController };

/**
 * What a person looks for and what was found, newest first, a page at a time. What was found stays until the first page
 * of another search is there; a search that another one replaces ends at once.
 */
export class MessageSearch {
  /** As it was typed. */
  text = $state('');
  hits = $state.raw<readonly Hit[]>([]);
  /** There are no more than these. */
  complete = $state(false);
  searching = $state(false);
  failure = $state.raw<unknown>(null);
  /** What the hits were found by; null: nothing is looked for. */
  query = $state.raw<SearchQuery | null>(null);
  readonly #source: SearchSource;
  #search: Search | null = null;

  constructor(source: SearchSource) {
    this.#source = source;
  }

  /** Looks for what was typed. */
  type(text: string): Promise<void> {
    this.text = text;
    return this.#begin(pageSize);
  }

  /** Looks again: messages came, were edited or deleted, or their conversation was left. */
  refresh(): Promise<void> {
    return this.#begin(Math.max(pageSize, this.hits.length));
  }

  /** Adds the next page, if there is one and none is on its way. */
  async more(): Promise<void> {
    const search = this.#search;
    if (!search || this.searching || this.complete || this.failure !== null) return;
    const page = await this.#take(search, pageSize);
    if (page) this.hits = [...this.hits, ...page];
  }

  async #begin(count: number): Promise<void> {
    this.#search?.stop.abort();
    const query = parseSearchQuery(this.text);
    if (!query) {
      this.#search = null;
      this.query = null;
      this.hits = [];
      this.complete = true;
      this.searching = false;
      this.failure = null;
      return;
    }
    const stop = new AbortController();
    const search = { query, found: this.#source(query, stop.signal), stop };
    this.#search = search;
    const page = await this.#take(search, count);
    if (!page) return;
    this.query = query;
    this.hits = page;
  }

  /** The next hits; null where another search took the place of this one, or it failed. */
  async #take(search: Search, count: number): Promise<Hit[] | null> {
    this.searching = true;
    this.failure = null;
    const page: Hit[] = [];
    let ended = false;
    try {
      while (page.length < count && !ended) {
        const next = await search.found.next();
        if (this.#search !== search) return null;
        if (next.done === true) ended = true;
        else page.push(hitOf(next.value, search.query));
      }
    } catch (error) {
      if (this.#search !== search) return null;
      this.failure = error;
      this.searching = false;
      return null;
    }
    this.complete = ended;
    this.searching = false;
    return page;
  }
}

function hitOf(message: Message, query: SearchQuery): Hit {
  return { message, snippet: snippetOf(query, seenText(message), snippetLength) };
}
