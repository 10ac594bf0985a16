/** What is asked: where the log ends, and whether this node has heard of everything up to there. */
export type FreshnessSources = {
  readPosition: () => Promise<number>;
  hasHeard: (position: number) => boolean;
};

/**
 * Tells those who are about to answer from memory whether that holds all that was acknowledged before they asked,
 * by whatever node. Each look at the log begins after the question; those who ask while one is under way share
 * the next.
 */
export class Freshness {
  readonly #sources: FreshnessSources;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<boolean> | null = null;

  constructor(sources: FreshnessSources) {
    this.#sources = sources;
  }

  /** Rejects when the database does not answer. */
  isCurrent(): Promise<boolean> {
    if (this.#next) return this.#next;
    const look = this.#running.then(async () => {
      this.#next = null;
      return this.#sources.hasHeard(await this.#sources.readPosition());
    });
    this.#next = look;
    this.#running = look.catch(() => undefined);
    return look;
  }
}
