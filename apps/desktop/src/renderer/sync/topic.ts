/** Told of a change; returns what ends the telling. The shape of svelte/reactivity's `createSubscriber`. */
export type CreateSubscriber = (start: (update: () => void) => () => void) => () => void;

/** For programs without a reactive view: reading tracks nothing. */
export const untracked: CreateSubscriber = () => () => undefined;

/**
 * One thing that readers may depend on. `read` marks the reader as depending on it where the view is reactive;
 * `subscribe` is for everybody else.
 */
export class Topic {
  readonly #listeners = new Set<() => void>();
  readonly #track: () => void;

  constructor(createSubscriber: CreateSubscriber) {
    this.#track = createSubscriber((update) => this.subscribe(update));
  }

  /** Whether somebody wants to know of changes now. */
  get isFollowed(): boolean {
    return this.#listeners.size > 0;
  }

  read(): void {
    this.#track();
  }

  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
