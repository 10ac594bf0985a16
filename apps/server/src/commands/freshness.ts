import { AskedTogether } from '../database/asked-together.ts';

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
  readonly #looks: AskedTogether<null, boolean>;

  constructor({ readPosition, hasHeard }: FreshnessSources) {
    this.#looks = new AskedTogether({ most: Infinity }, async () => {
      const isCurrent = hasHeard(await readPosition());
      return () => isCurrent;
    });
  }

  /** Rejects when the database does not answer. */
  isCurrent(): Promise<boolean> {
    return this.#looks.ask(null);
  }
}
