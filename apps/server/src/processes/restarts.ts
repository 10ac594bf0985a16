const firstWaitMs = 100;
const maxWaitMs = 5_000;
const windowMs = 60_000;

/** How long to wait before a process that died is replaced, and when that makes no sense any more. */
export class Restarts {
  readonly #max: number;
  readonly #random: () => number;
  readonly #now: () => number;
  #deaths: number[] = [];

  /** Gives up after more than `max` deaths within a minute. */
  constructor(max: number, random: () => number, now: () => number) {
    this.#max = max;
    this.#random = random;
    this.#now = now;
  }

  /** A process has died: milliseconds until the next begins, or null to give up. */
  next(): number | null {
    const now = this.#now();
    this.#deaths = [...this.#deaths.filter((at) => at > now - windowMs), now];
    const count = this.#deaths.length;
    if (count > this.#max) return null;
    const waitMs = Math.min(maxWaitMs, firstWaitMs * 2 ** (count - 1));
    return waitMs * (0.5 + this.#random() / 2);
  }
}
