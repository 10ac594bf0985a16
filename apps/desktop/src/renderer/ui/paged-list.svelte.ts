import { explain } from '../messages.ts';

const pageSize = 200;

/** A page of a list, and the id that the next one comes after; null at the end. */
export type Page<T> = { items: readonly T[]; next: string | null };
export type PageRequest = { limit: number; after?: string };

/** A list of the server's, page by page as it is needed. */
export class PagedList<T> {
  list = $state.raw<readonly T[]>([]);
  loaded = $state(false);
  complete = $state(false);
  error = $state<string | null>(null);
  readonly #ask: (request: PageRequest) => Promise<Page<T>>;
  #next: string | null = null;
  #request = 0;
  #loading = false;

  constructor(ask: (request: PageRequest) => Promise<Page<T>>) {
    this.#ask = ask;
  }

  /** Loads from the beginning as many as are shown, at least one page: something has changed. */
  async reload(): Promise<void> {
    const wanted = Math.max(pageSize, this.list.length);
    const request = ++this.#request;
    const fresh: T[] = [];
    let next: string | null = null;
    this.#loading = true;
    try {
      do {
        const page: Page<T> = await this.#page(next);
        if (request !== this.#request) return;
        fresh.push(...page.items);
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
      this.list = [...this.list, ...page.items];
      this.#next = page.next;
      this.complete = page.next === null;
    } catch (failure) {
      this.error = explain(failure);
    } finally {
      if (request === this.#request) this.#loading = false;
    }
  }

  #page(after: string | null): Promise<Page<T>> {
    return this.#ask({ limit: pageSize, ...(after !== null && { after }) });
  }
}
