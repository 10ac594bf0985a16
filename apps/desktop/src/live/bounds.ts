/**
 * How much one server may make the app hold and do: all workspaces share its window. A workspace of 50,000 people and
 * 20,000 channels has to work with room to spare.
 */
export const bounds = {
  /**
   * Characters of one message. The longest is a snapshot: a person takes up to 1,000 of them, with a long title and a
   * status, and a channel up to 2,500, with a long topic and purpose: 50 and 50 million.
   */
  messageLength: 128 * 1024 * 1024,
  people: 200_000,
  conversations: 100_000,
  /** Events and signs of presence, when nothing came for a while: a long absence brings many at once. */
  burst: 100_000,
  /** And from then on: more than all that a busy server writes. */
  perSecond: 2_000,
} as const;

/** In which way a server went beyond them. */
export type Excess = 'too_large' | 'too_many' | 'too_fast';

/** The server sent more than is taken in. */
export class Excessive extends Error {
  override readonly name = 'Excessive';
  readonly excess: Excess;

  constructor(excess: Excess) {
    super(`The server sent more than is taken in: ${excess}.`);
    this.excess = excess;
  }
}

/** Rejects a world that is larger than any workspace. */
export function assertBounded(world: { people: number; conversations: number }): void {
  if (world.people > bounds.people || world.conversations > bounds.conversations) {
    throw new Excessive('too_many');
  }
}

/** How much has come lately: a bucket that fills up again with time. */
export class Inflow {
  readonly #now: () => number;
  #left: number = bounds.burst;
  #at: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#at = now();
  }

  /** Whether so much more is within the bounds. */
  take(count: number): boolean {
    const now = this.#now();
    const gained = (Math.max(0, now - this.#at) / 1_000) * bounds.perSecond;
    this.#at = now;
    this.#left = Math.min(bounds.burst, this.#left + gained) - count;
    const isWithin = this.#left >= 0;
    this.#left = Math.max(0, this.#left);
    return isWithin;
  }
}
